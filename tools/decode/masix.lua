-- Shows the frames of Masix's network servers in tshark and Wireshark:
--
--     tools/masix decode --pcap open.pcap
--     tshark -X lua_script:build/tools/masix.lua -r open.pcap
--
-- Sealed frames show their headers; what is inside shows of those that were opened (the highest bit
-- of the version says so). Numbers: docs/wire-protocol.md. The tables are put in by make-names.

local types = @TYPES@
local kinds = @KINDS@
local messages = @MESSAGES@

local masix = Proto("masix", "Masix network servers")
local f = masix.fields
f.version = ProtoField.uint8("masix.version", "Version", base.DEC, nil, 0x7f)
f.type = ProtoField.uint8("masix.type", "Type", base.DEC, types)
f.index = ProtoField.uint32("masix.index", "Receiver's index", base.HEX)
f.sender = ProtoField.bytes("masix.sender", "Sender")
f.incarnation = ProtoField.uint64("masix.incarnation", "Incarnation", base.HEX)
f.counter = ProtoField.uint64("masix.counter", "Counter")
f.sealed = ProtoField.bytes("masix.sealed", "Sealed")
f.nonce = ProtoField.bytes("masix.nonce", "Nonce")
f.name = ProtoField.string("masix.name", "Name")
f.kind = ProtoField.uint8("masix.kind", "Kind", base.HEX, kinds)
f.flags = ProtoField.uint8("masix.flags", "Flags", base.HEX)
f.length = ProtoField.uint16("masix.length", "Length")
f.export = ProtoField.uint32("masix.export", "Export")
f.generation = ProtoField.uint32("masix.generation", "Generation")
f.sequence = ProtoField.uint32("masix.sequence", "Sequence number")
f.offset = ProtoField.uint32("masix.offset", "Offset")
f.total = ProtoField.uint32("masix.total", "Total")
f.message = ProtoField.int32("masix.message", "Message", base.DEC, messages)
f.body = ProtoField.bytes("masix.body", "Body")

local DATA, RESOLVE = 1, 6
local STREAM, STREAM_LAST, MESSAGE = 0x20, 0x3f, 0x20

-- One record; what it is called, and where the next one begins (nil: there is none).
local function record(buffer, at, tree)
	if at + 4 > buffer:len() or buffer(at, 1):uint() == 0 then
		return nil
	end
	local kind, length = buffer(at, 1):uint(), buffer(at + 2, 2):le_uint()
	if at + 4 + length > buffer:len() then
		return nil
	end
	local words = kinds[kind] or string.format("kind %d", kind)
	local branch = tree:add(masix, buffer(at, 4 + length), words)
	branch:add(f.kind, buffer(at, 1))
	branch:add(f.flags, buffer(at + 1, 1))
	branch:add_le(f.length, buffer(at + 2, 2))
	if kind >= STREAM and kind <= STREAM_LAST and length >= 20 then
		branch:add_le(f.export, buffer(at + 4, 4))
		branch:add_le(f.generation, buffer(at + 8, 4))
		branch:add_le(f.sequence, buffer(at + 12, 4))
		branch:add_le(f.offset, buffer(at + 16, 4))
		branch:add_le(f.total, buffer(at + 20, 4))
		if kind == MESSAGE and buffer(at + 16, 4):le_uint() == 0 and length >= 24 then
			local id = buffer(at + 24, 4):le_int()
			branch:add_le(f.message, buffer(at + 24, 4))
			words = words .. " " .. (messages[id] or tostring(id))
			branch:set_text(words)
		end
	elseif length > 0 then
		branch:add(f.body, buffer(at + 4, length))
	end
	return words, at + 4 + length
end

function masix.dissector(buffer, packet, tree)
	if buffer:len() < 14 then
		return 0
	end
	local open = buffer(0, 1):uint() >= 0x80
	local kind = buffer(1, 1):uint()
	local indexed = kind == DATA or types[kind] == "RESP"
	local head = indexed and 14 or 34
	if buffer:len() < head then
		return 0
	end
	local top = tree:add(masix, buffer(), "Masix " .. (types[kind] or "?"))
	local said = {}
	packet.cols.protocol = "MASIX"
	top:add(f.version, buffer(0, 1))
	top:add(f.type, buffer(1, 1))
	if indexed then
		top:add_le(f.index, buffer(2, 4))
		top:add_le(f.counter, buffer(6, 8))
	else
		top:add(f.sender, buffer(2, 16))
		top:add_le(f.incarnation, buffer(18, 8))
		top:add_le(f.counter, buffer(26, 8))
	end
	if not open then
		top:add(f.sealed, buffer(head))
		table.insert(said, "sealed")
	elseif kind == DATA then
		local at = head
		while at do
			local words, following = record(buffer, at, top)
			if words then
				table.insert(said, words)
			end
			at = following
		end
	else
		top:add(f.nonce, buffer(head, 16))
		if kind == RESOLVE then
			top:add(f.name, buffer(head + 17, 64))
			table.insert(said, buffer(head + 17, 64):stringz())
		end
	end
	packet.cols.info = (types[kind] or "?") .. ": " .. table.concat(said, ", ")
	return buffer:len()
end

DissectorTable.get("ethertype"):add(0x88b5, masix)
