package bandsim

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer of the API before it is written: result_data of a success, or a refusal.
type reply struct {
	status int // 0 means 200
	code   int // 0 means 1, success
	data   map[string]any
	header http.Header
	// raw is written in place of an envelope, if it is not empty.
	raw, contentType string
}

// message is Band's text for a code.
var message = map[int]string{
	codeInvalidParameters: "Invalid Parameters", codeMissingParameters: "Insufficient Parameters",
	codeAppQuota: "App quota has been exceeded", codeUserQuota: "User quota has been exceeded",
	codeCoolDown: "Cool down time restriction", codeInvalidResponse: "Invalid response", codeInvalidRequest: "Invalid request",
	codeTooLong: "Exceeded chareacter limit", codeUnauthorized: "Unauthorized", codeForbidden: "Forbidden",
	codeNotMember: "Not Band member", codeInvalidBand: "This Band is invalid or not connected.",
	codeAccessDenied: "This Band did not allow access by the user.", codePostForeign: "Post is not connected with the app",
	codeNoAlbum: "Album not exists",
}

const (
	codeInvalidParameters = 211
	codeMissingParameters = 212
	codeAppQuota          = 1001
	codeUserQuota         = 1002
	codeCoolDown          = 1003
	codeInvalidResponse   = 2300
	codeInvalidRequest    = 3000
	codeTooLong           = 3001
	codeUnauthorized      = 10401
	codeForbidden         = 10403
	codeNotMember         = 60102
	codeInvalidBand       = 60200
	codeAccessDenied      = 60204
	codePostForeign       = 60401
	codeNoAlbum           = 60801
)

func success(data map[string]any) reply { return reply{data: data} }

func done() reply { return success(map[string]any{"message": "success"}) }

func refuse(code int) reply { return reply{code: code, data: map[string]any{"message": message[code]}} }

func refuseStatus(code, status int) reply {
	r := refuse(code)
	r.status = status
	return r
}

const gatewayPage = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Error</h1></body></html>\n"

func page(status int) reply {
	return reply{status: status, raw: gatewayPage, contentType: "text/html; charset=UTF-8"}
}

func badToken(k Knobs) reply {
	refused := refuseStatus(codeUnauthorized, http.StatusUnauthorized)
	refused.data["detail"] = map[string]any{"error": "invalid_token", "description": "The access token is missing, wrong or expired."}
	switch k.BadToken {
	case BadTokenEnvelope200:
		refused.status = http.StatusOK
	case BadTokenOAuth401:
		refused.raw = `{"error":"invalid_token","error_description":"The access token is missing, wrong or expired."}`
		refused.contentType = jsonType
	case BadTokenHTML401:
		return page(http.StatusUnauthorized)
	}
	return refused
}

func coolingDown(k Knobs, left time.Duration) reply {
	seconds := int(math.Ceil(left.Seconds()))
	refused := refuse(codeCoolDown)
	switch k.CoolDownAnswer {
	case CoolDownTimed:
		refused.data["cool_time"] = map[string]any{"expired_in": seconds}
	case CoolDown429:
		refused.status, refused.raw, refused.contentType = http.StatusTooManyRequests, "Too Many Requests\n", "text/plain; charset=UTF-8"
		refused.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return refused
}

const jsonType = "application/json;charset=UTF-8"

func (a reply) write(w http.ResponseWriter) {
	status := max(a.status, http.StatusOK)
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.Header().Set("Cache-Control", "no-store")
	if a.raw != "" {
		w.Header().Set("Content-Type", a.contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(a.raw)) // who does not read the answer does not miss it
		return
	}
	writeJSON(w, status, map[string]any{"result_code": max(a.code, 1), "result_data": a.data})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // as above
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
