package band

import "log/slog"

const redacted = "[redacted]"

// Secret is a credential: an access token, a refresh token or a client secret. It shows itself as "[redacted]" to fmt, log/slog and
// encoders; only Reveal returns the value. The zero Secret is no credential. Two Secrets are not comparable with ==.
type Secret struct {
	_ [0]func()
	// A pointer, because fmt reads an unexported field without asking for methods: of a Secret inside another struct
	// it can show an address at most.
	value *string
}

// NewSecret wraps value; an empty one is the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the credential itself, to be stored encrypted or sent to Band, and for nothing else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether s is no credential.
func (s Secret) IsZero() bool { return s.value == nil }

// String returns a constant.
func (Secret) String() string { return redacted }

// GoString returns a constant.
func (Secret) GoString() string { return redacted }

// LogValue returns a constant.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a constant, so that a Secret does not leave by way of JSON either.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
