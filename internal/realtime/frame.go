package realtime

// Frame is one response of a stream: every event that was waiting. It is not a protobuf message: the codecs of Codecs
// write it in the place of one, by copying events that are encoded already.
type Frame struct {
	Events []*Event
}

// appendProto writes the frame as a response with `repeated Event events`.
func (f *Frame) appendProto(b []byte) []byte {
	for _, e := range f.Events {
		b = append(b, e.wire...)
	}
	return b
}

// appendJSON writes the frame in protobuf's JSON form.
func (f *Frame) appendJSON(b []byte) []byte {
	b = append(b, `{"events":[`...)
	for i, e := range f.Events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, e.asJSON()...)
	}
	return append(b, `]}`...)
}
