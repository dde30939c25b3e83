package realtime

import "connectrpc.com/connect"

// AllCodecs are the codecs that Codecs sets.
func AllCodecs() []connect.Codec {
	return []connect.Codec{binaryCodec{}, jsonCodec{name: "json"}, jsonCodec{name: "json; charset=utf-8"}}
}
