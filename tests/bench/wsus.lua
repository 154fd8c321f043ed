-- What the plugin does for plain bodies, as a postdissector in Lua, for the benchmark to compare with: operation, status,
-- fault code, ErrorCode and Windows error codes of Windows Update exchanges, in fields of the same names, and Info column.
--
-- tshark -X lua_script:wsus.lua -X lua_script1:NAMES; NAMES is a Lua file that returns the names and mappings of codes.
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local arguments = { ... }
local known = dofile(arguments[1])

local protocol = Proto("wsus", "Windows Update (Lua)")
local operation_field = ProtoField.string("wsus.operation", "Operation")
local status_field = ProtoField.uint32("wsus.status_code", "Status code")
local fault_field = ProtoField.string("wws.fault.code", "Fault code")
local error_field = ProtoField.string("wws.fault.errorcode", "ErrorCode")
local code_field = ProtoField.uint32("winerr.code", "Code", base.HEX)
local symbol_field = ProtoField.string("winerr.symbol", "Symbol")
protocol.fields = { operation_field, status_field, fault_field, error_field, code_field, symbol_field }

local get_method = Field.new("http.request.method")
local get_status = Field.new("http.response.code")
local get_stream = Field.new("tcp.stream")

local operations = {} -- the last one asked for, by TCP stream
local body, body_frame -- the latest body of SOAP

function protocol.init()
    operations = {}
    body, body_frame = nil, nil
end

-- Stands in front of the stock dissector of a media type: that costs less than asking for http.file_data.
local function hook(media_types, name)
    local stock = media_types:get_dissector(name)
    local hooked = Proto("wsus_" .. name:gsub("%W", "_"), "Windows Update in " .. name .. " (Lua)")
    function hooked.dissector(buffer, pinfo, tree)
        body, body_frame = buffer:raw(), pinfo.number
        return stock:call(buffer, pinfo, tree)
    end
    media_types:add(name, hooked)
end

hook(DissectorTable.get("media_type"), "text/xml")
hook(DissectorTable.get("media_type"), "application/soap+xml")

local function add_code(codes, code)
    for _, other in ipairs(codes) do
        if other == code then
            return
        end
    end
    codes[#codes + 1] = code
end

-- Codes in hexadecimal, as words of their own.
local function find_codes(text, codes)
    for digits in text:gmatch("%f[%w]0x(%x%x%x%x%x%x%x%x)%f[%W]") do
        add_code(codes, tonumber(digits, 16))
    end
end

-- The codes that the client is expected to report.
local function add_fault_codes(codes, error_code)
    local row = known.faults[error_code or ""]
    if row and not row.value then
        return
    end
    add_code(codes, known.any_fault)
    if row and row.older_value then
        add_code(codes, row.older_value)
    end
    add_code(codes, row and row.value or known.unknown_fault)
end

local function name_of(code)
    return code < 1000 and known.statuses[code] or known.codes[code]
end

local function draw(tree, buffer, message)
    local item = tree:add(protocol, buffer())
    item:add(operation_field, message.operation)
    if message.status then
        item:add(status_field, message.status)
    end
    if message.fault then
        item:add(fault_field, message.fault)
    end
    if message.error then
        item:add(error_field, message.error)
    end
    for _, code in ipairs(message.codes) do
        item:add(code_field, code)
        local name = name_of(code)
        if name then
            item:add(symbol_field, name)
        end
    end
end

local function info(message)
    local parts = { message.operation, message.fault and "Fault" or message.status and "Response" or "Request" }
    parts[#parts + 1] = message.error or message.fault
    local last = message.codes[#message.codes]
    if last and (message.fault or message.status) then
        parts[#parts + 1] = string.format("0x%08X %s", last, name_of(last) or "")
    end
    return table.concat(parts, " ")
end

local function read_body(message, text)
    local element = text:match("<[%w_-]*:?Body[^>]*>%s*<([%w_:.-]+)")
    element = element and element:gsub("^.*:", "")
    if element == "Fault" then
        message.fault = text:match("<faultcode[^>]*>%s*([^<]-)%s*<") or text:match("Value>%s*([^<]-)%s*<")
        message.fault = message.fault and message.fault:gsub("^.*:", "")
        message.error = text:match("<ErrorCode[^>]*>%s*([^<]-)%s*<")
    elseif element then
        message.operation = element:gsub("Response$", "")
    end
    find_codes(text, message.codes)
end

function protocol.dissector(buffer, pinfo, tree)
    local status = get_status()
    if not get_method() and not status then
        return
    end
    local stream = get_stream().value
    local text = body_frame == pinfo.number and body or ""
    local message = { status = status and status.value, codes = {} }
    if message.status and message.status >= 400 then
        add_code(message.codes, message.status)
    end
    if not operations[stream] and not text:find("/SoftwareDistribution", 1, true) then
        return
    end
    message.operation = message.status and operations[stream]
    read_body(message, text)
    if not message.operation then
        return
    end
    operations[stream] = message.operation
    if message.fault then
        add_fault_codes(message.codes, message.error)
    elseif message.status and message.status >= 400 then
        add_code(message.codes, known.agent_codes[message.status] or known.agent_codes.other)
    end
    draw(tree, buffer, message)
    pinfo.cols.protocol = "WSUS"
    pinfo.cols.info:clear_fence()
    pinfo.cols.info:set(info(message))
end

register_postdissector(protocol)
