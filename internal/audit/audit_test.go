package audit_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/dongbaejul/dongbaejul/internal/audit"
	"github.com/dongbaejul/dongbaejul/internal/identity"
)

func TestARecordTellsWhoAndFromWhere(t *testing.T) {
	var out bytes.Buffer
	log := audit.New(slog.New(slog.NewJSONHandler(&out, nil)))
	ctx := identity.With(t.Context(), identity.Caller{UserID: "u1"})
	ctx = identity.WithClient(ctx, identity.Client{IP: "192.0.2.7"})
	log.Record(ctx, "role changed", slog.String("user_id", "u2"))

	var record struct {
		Msg   string
		Audit map[string]string
	}
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"user_id": "u2", "by": "u1", "ip": "192.0.2.7"} {
		if record.Audit[key] != want {
			t.Errorf("%s = %q, want %q", key, record.Audit[key], want)
		}
	}
	if record.Msg != "role changed" {
		t.Errorf("msg = %q", record.Msg)
	}
}

func TestARecordOfNobodyKnown(t *testing.T) {
	var out bytes.Buffer
	audit.New(slog.New(slog.NewJSONHandler(&out, nil))).Record(t.Context(), "sign-in refused", slog.String("reason", "NOT_IN_BAND"))
	if !bytes.Contains(out.Bytes(), []byte(`"audit":{"reason":"NOT_IN_BAND"}`)) {
		t.Errorf("wrote %s", out.Bytes())
	}
}
