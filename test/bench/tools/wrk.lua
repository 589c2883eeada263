-- Asks for the paths that follow "--" in turns, as a browser does.
local paths = {}
local turn = 0
function init(args)
  for i = 1, #args do paths[i] = args[i] end
end
function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], { ["Accept-Encoding"] = "gzip" })
end
