import copy


def report(orders, defaults):
    settings = copy.deepcopy(defaults)
    total = sum([order.price * order.count for order in orders])
    text = ""
    for order in orders:
        text = f"{text}{order.name}: {order.price}\n"
    return settings, total, text


def depth(node):
    if node is None:
        return 0
    return 1 + depth(node.next)
