-- One load script for all measurements; what to send comes in the environment:
--   BENCH_METHOD, BENCH_AUTH (Authorization), BENCH_TYPE (Content-Type), BENCH_BODY
--   BENCH_UNIQUE: a prefix; then each request's body is {"name":"PREFIX 000000001"} and so on
-- At the end prints "RESULT requests microseconds bad", bad being answers that are not 2xx and socket errors.
local function from_environment(name)
    local value = os.getenv(name)
    return value ~= "" and value or nil
end

wrk.method = from_environment("BENCH_METHOD") or "GET"
wrk.headers["Authorization"] = from_environment("BENCH_AUTH")
wrk.headers["Content-Type"] = from_environment("BENCH_TYPE")
wrk.body = from_environment("BENCH_BODY")

local unique = from_environment("BENCH_UNIQUE")
if unique then
    local tail = '"}'
    local digits = 9
    local head
    local count = 0

    -- The request is formatted once; its number has a fixed width, so that Content-Length stays right.
    function init()
        wrk.body = '{"name":"' .. unique .. " " .. string.rep("0", digits) .. tail
        head = wrk.format():sub(1, -(digits + #tail + 1))
    end

    function request()
        count = count + 1
        return head .. string.format("%09d", count) .. tail
    end
end

function done(summary)
    local e = summary.errors
    local bad = e.connect + e.read + e.write + e.status + e.timeout
    io.write(string.format("RESULT %d %d %d\n", summary.requests, summary.duration, bad))
end
