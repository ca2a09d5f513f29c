-- What a person does in Neovim with heaplint, step by step; what is seen goes to transcript.txt.
-- Runs in 0.7 and in what came after it, so it asks for nothing that one of them lacks.

local SOON = 30000
local told, messages = {}, {}

vim.lsp.handlers['window/showMessage'] = function(_, result)
  table.insert(messages, result.message)
end

local function say(text)
  table.insert(told, text)
end

local function client()
  return (vim.lsp.get_clients or vim.lsp.get_active_clients)({ name = 'heaplint' })[1]
end

local function request(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, SOON) or {}) do
    return answer.result
  end
end

local function diagnostics()
  local found = vim.diagnostic.get(0)
  table.sort(found, function(a, b)
    return a.lnum < b.lnum or a.lnum == b.lnum and a.col < b.col
  end)
  return found
end

local function code(diagnostic)
  return diagnostic.code or diagnostic.user_data.lsp.code
end

local function codes()
  return table.concat(vim.tbl_map(code, diagnostics()), ' ')
end

-- Waits until the findings are those expected, then tells what they are.
local function expect(step, expected)
  vim.wait(SOON, function()
    return codes() == expected
  end, 20)
  say('## ' .. step)
  for _, it in ipairs(diagnostics()) do
    local line = vim.api.nvim_buf_get_lines(0, it.lnum, it.lnum + 1, true)[1]
    local severity = vim.diagnostic.severity[it.severity]
    say(('%d: %s %s %s'):format(it.lnum + 1, severity, code(it), line:sub(it.col + 1, it.end_col)))
  end
  if codes() == '' then
    say('nothing is found')
  end
end

local function show_text()
  for _, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    say('| ' .. line)
  end
end

local function at(diagnostic)
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
  return vim.lsp.util.make_position_params(0, client().offset_encoding)
end

local function actions(kind, place)
  local params = { textDocument = place.textDocument }
  params.range = { start = place.position, ['end'] = place.position }
  params.context = { diagnostics = {}, only = { kind } }
  return request('textDocument/codeAction', params)
end

local function apply(action)
  if not action.edit then
    action = request('codeAction/resolve', action)
  end
  vim.lsp.util.apply_workspace_edit(action.edit, client().offset_encoding)
end

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
end

local function steps()
  vim.cmd('edit orders.py')
  expect('open', 'MEM410 MEM101')

  local at_end = vim.api.nvim_buf_line_count(0)
  local more = { '', '', 'def count(orders):', '    return "日本😀", max([order.size for order in orders])' }
  vim.api.nvim_buf_set_lines(0, at_end, at_end, true, more)
  expect('edit', 'MEM410 MEM101 MEM101')

  say('## hover')
  local contents = request('textDocument/hover', at(diagnostics()[3])).contents
  say(vim.split(contents.value, '\n')[1])

  say('## quick fixes')
  local preferred
  for _, action in ipairs(actions('quickfix', at(diagnostics()[3]))) do
    say((action.isPreferred and '* ' or '- ') .. action.title)
    preferred = action.isPreferred and action or preferred
  end
  apply(preferred)
  expect('the preferred one is applied', 'MEM410 MEM101')
  show_text()

  local all = actions('source.fixAll.heaplint', at(diagnostics()[1]))
  say('## ' .. all[1].title)
  apply(all[1])
  expect('all are applied', '')
  show_text()

  vim.api.nvim_buf_set_lines(0, 0, -1, true, { 'def total(orders):', '    return sum([order.price for order in orders])' })
  expect('the list is back', 'MEM101')
  write('heaplint.toml', 'ignore = ["MEM101"]\n')
  vim.cmd('write')
  expect('a configuration ignores it', '')
  write('heaplint.toml', 'ignroe = ["MEM101"]\n')
  vim.cmd('write')
  vim.wait(SOON, function()
    return #messages > 0
  end, 20)
  expect('the configuration is broken: the last good one counts', '')
  for _, message in ipairs(messages) do
    say(vim.split(message, '\n')[1])
  end
  os.remove('heaplint.toml')
  vim.cmd('write')
  expect('the configuration is gone', 'MEM101')

  local id = client().id
  vim.lsp.stop_client(id)
  vim.wait(SOON, function()
    return vim.lsp.get_client_by_id(id) == nil
  end, 20)
  say('## shutdown')
  say(vim.lsp.get_client_by_id(id) and 'the server still runs' or 'the server has ended')
end

local fine, failure = xpcall(steps, debug.traceback)
if not fine then
  say('failed: ' .. failure)
end
local text = table.concat(told, '\n') .. '\n'
write('transcript.txt', (text:gsub(vim.pesc(vim.loop.fs_realpath('.') .. '/'), '')))
vim.cmd('qa!')
