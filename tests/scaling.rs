//! Time grows with the length of a file, not with its square: each shape is analyzed and suppressed
//! at one length and at four times that length, and the ratio of the two times is asserted.

#![allow(unreachable_pub, reason = "a test target has no outside")]

use std::time::{Duration, Instant};

use heaplint::config::Options;
use heaplint::{Settings, Source};

/// How often the unit of a shape is repeated.
const SHORT: usize = 1_000;
/// Four times the length may take so many times as long. Twice that is a square.
const MOST: f64 = 8.0;
/// What is faster tells nothing.
const FAST: Duration = Duration::from_millis(40);

/// What stands at the top, and what follows so many times: `#` is a number, `@` the next one.
const SHAPES: [(&str, &str, &str); 16] = [
    (
        "functions that call themselves",
        "",
        "def f#(x):\n    if x:\n        return x + f#(x - 1)\n    return 0\n",
    ),
    ("functions that call each other", "", "def f#(x):\n    return f@(x - 1)\n"),
    (
        "lists walked once",
        "def f(rows):\n",
        "    a# = [r for r in rows]\n    b# = [r for r in a#]\n    print(sum(b#))\n",
    ),
    ("lists summed", "", "t# = sum([x for x in r#])\n"),
    ("texts grown", "s = ''\nfor i in r:\n", "    s += str(#)\n"),
    (
        "frames grown",
        "import pandas as pd\ndf = pd.DataFrame()\nfor i in r:\n",
        "    df = pd.concat([df, g(#)])\n",
    ),
    ("one name bound", "def f():\n", "    x = g(#)\n    use(x)\n"),
    ("names bound to each other", "def f(a0):\n", "    a@ = a# or b\n"),
    (
        "tests of one name",
        "def f(a):\n",
        "    if isinstance(a, int):\n        return a\n    b = a\n",
    ),
    (
        "tries",
        "def f(a):\n",
        "    try:\n        x = g#(a)\n    except E:\n        x = None\n    finally:\n        h(x)\n",
    ),
    (
        "files read",
        "def f(a):\n",
        "    with open(a) as fh#:\n        d# = fh#.read()\n        p(d#)\n",
    ),
    (
        "loops over a queue",
        "def f(q):\n",
        "    while q:\n        x = q.pop(0)\n        q.insert(0, x)\n",
    ),
    (
        "handlers",
        "import httpx\n",
        "@app.route('/#')\ndef h#(request):\n    c = httpx.Client()\n    return c.get('x')\n",
    ),
    ("registries", "", "C# = []\ndef g#(x):\n    C#.append(x)\n    g@(x)\n"),
    (
        "classes that derive",
        "class C0: pass\n",
        "class C@(C#):\n    def __init__(self):\n        self.a = []\n        self.b# = {}\n    def m(self):\n        self.a.append(1)\n",
    ),
    (
        "methods",
        "class C:\n    def __init__(self):\n        self.items = []\n",
        "    def m#(self, v):\n        self.items.append(v)\n        return self.m@(v)\n",
    ),
];

#[test]
fn time_grows_with_the_length() {
    let options = Options { select: Some(vec!["ALL".to_owned()]), ..Options::default() };
    let settings = Settings::new(&options).unwrap();
    let wrong: Vec<String> = SHAPES
        .iter()
        .filter_map(|&(name, head, unit)| {
            let time = |units: usize| {
                let mut text = head.to_owned();
                for number in 0..units {
                    let next = (number + 1).to_string();
                    text.push_str(&unit.replace('#', &number.to_string()).replace('@', &next));
                }
                let source = Source::new("scaling.py", text);
                let start = Instant::now();
                let found = heaplint::analyze(&source, &settings).diagnostics.len();
                let added = heaplint::suppress::add(&source, &settings, "").count;
                (start.elapsed(), found, added)
            };
            // A machine that is busy may be slow once; a square is slow each time.
            (0..3)
                .map(|_| {
                    let ((short, few, _), (long, many, added)) = (time(SHORT), time(4 * SHORT));
                    let ratio = long.as_secs_f64() / short.as_secs_f64();
                    let fine = long < FAST || ratio < MOST;
                    (!fine).then(|| {
                        format!("{name}: {short:.0?} to {long:.0?}, {ratio:.1}x; {few} to {many} findings, {added} suppressed")
                    })
                })
                .take_while(Option::is_some)
                .nth(2)
                .flatten()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
