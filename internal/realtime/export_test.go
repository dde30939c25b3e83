package realtime

import "connectrpc.com/connect"

// AllCodecs are the codecs that Codecs sets.
func AllCodecs() []connect.Codec {
	return []connect.Codec{binaryCodec{}, jsonCodec{name: "json"}, jsonCodec{name: "json; charset=utf-8"}}
}

// Lanes tells of how many things a topic keeps the order.
func (h *Hub) Lanes(name Topic) int { return len(h.topics[name].things) }
