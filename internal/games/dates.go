package games

import (
	"time"

	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/jsonread"
)

// dateRange returns the bounds that a request sets to dates, as date_from and date_to have them: the first time, and the one
// after the last. Zero is no bound.
func (s *Service) dateRange(dateFrom, dateTo string) (from, to time.Time, err error) {
	if from, _, err = dateBounds("date_from", dateFrom, s.zone); err != nil {
		return from, to, err
	}
	if _, to, err = dateBounds("date_to", dateTo, s.zone); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, errDates
	}
	return from, to, nil
}

// dateBounds returns the beginnings of the day that text names in a zone, and of the next; of an RFC 3339 time, that time for
// both. Of nothing they are zero.
func dateBounds(field, text string, zone *time.Location) (from, to time.Time, err error) {
	if text == "" {
		return from, to, nil
	}
	if from, err = time.ParseInLocation(time.DateOnly, text, zone); err == nil && from.Year() > 0 {
		return from, from.AddDate(0, 0, 1), nil
	}
	if from, err = jsonread.ParseTimestamp(text); err != nil {
		return from, to, fault.InvalidField(field, "date_or_time",
			"2027-01-03 같은 날짜이거나 2027-01-03T10:00:00+09:00 같은 RFC 3339 시각이어야 합니다.",
			"It must be a day such as 2027-01-03, or an RFC 3339 time such as 2027-01-03T10:00:00+09:00.").WithCause(err)
	}
	if from = micro(from); from.IsZero() {
		// The zero time is no bound: no game is between the two.
		from = from.Add(time.Microsecond)
	}
	return from, from, nil
}
