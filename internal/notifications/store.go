package notifications

import (
	"context"
	"time"
)

// Store keeps notifications, devices, announcements and reminders. Every method may be called concurrently, and is atomic
// where it does not say otherwise.
type Store interface {
	// AppendNotifications adds each of ns, in this order, to its user's log with the number after the log's last, whatever Seq
	// it has, and returns those added with their Seq. One whose ID is taken is left out. Each is added atomically, not all of them:
	// with an error it returns those that were added all the same, and the same call again adds the rest. At most 1000 a call.
	// What it returns is durable and can be read.
	AppendNotifications(ctx context.Context, ns []Notification) ([]Notification, error)
	// NotificationsAfter returns the entries of a user's log after a number, in order, at most limit of them.
	NotificationsAfter(ctx context.Context, userID string, seq int64, limit int) ([]Notification, error)
	// NotificationLog returns the numbers of the first and the last entry of a user's log; 0 and 0 for an empty one.
	NotificationLog(ctx context.Context, userID string) (first, last int64, err error)
	// ListNotifications returns a part of a user's log, the newest first, and how much there is of it. Each page of the whole log
	// takes the same time; a page of what is unread takes longer the more is unread before it.
	ListNotifications(ctx context.Context, userID string, filter Filter) (page []Notification, c Counts, err error)
	// ReadNotifications marks those of a user's notifications read at `at` that are named by ids or numbered up to upTo and are
	// not read yet. It returns how many those are, and how many are unread then. fault.NotFound, with nothing changed, where one
	// of ids is not the user's. At most 1000 ids.
	ReadNotifications(ctx context.Context, userID string, ids []string, upTo int64, at time.Time) (read, unread int, err error)
	// ReadRoomNotifications marks read, at `at`, those of a user's unread notifications that are about messages of a room and were
	// created before `at`. It returns how many those are.
	ReadRoomNotifications(ctx context.Context, userID, roomID string, at time.Time) (read int, err error)
	// UnreadNotifications returns how many notifications each of some users has not read. Users who have read all are left out. At
	// most 1000 ids.
	UnreadNotifications(ctx context.Context, userIDs []string) (map[string]int, error)
	// PruneNotifications deletes the beginning of each log: every entry before the first that must stay, but never the last
	// entry. One must stay that was created at readBefore or later, or at unreadBefore or later and is not read. It also deletes
	// the announcements created before unreadBefore. It returns how many notifications it deleted; readers may see a part of it
	// done.
	PruneNotifications(ctx context.Context, readBefore, unreadBefore time.Time) (int, error)
	// EraseNotifications deletes all notifications and devices of a user.
	EraseNotifications(ctx context.Context, userID string) error

	// PutDevice keeps a device, in the place of whatever has its Token, of which the ID stays, and returns the ID. Where its user
	// then has more than most, those registered longest ago are deleted; that may be a step of its own.
	PutDevice(ctx context.Context, d Device, most int) (id string, err error)
	// DeleteDevice deletes the device with this ID if it is the user's; otherwise nothing.
	DeleteDevice(ctx context.Context, userID, id string) error
	// DeleteSessionDevices deletes the devices that these sessions of a user registered.
	DeleteSessionDevices(ctx context.Context, userID string, sessionIDs ...string) error
	// Devices returns the devices of users, in no order. At most 1000 ids.
	Devices(ctx context.Context, userIDs []string) ([]Device, error)

	// CreateAnnouncement keeps an announcement. Where the ID is taken it keeps nothing and returns the one that has it, with
	// created false.
	CreateAnnouncement(ctx context.Context, a Announcement) (kept Announcement, created bool, err error)
	// Announcements returns those of ids that exist, in no order. At most 1000 ids.
	Announcements(ctx context.Context, ids []string) ([]Announcement, error)
	// UnsentAnnouncements returns the announcements created since a time that have no SentAt, the oldest first, at most limit
	// of them.
	UnsentAnnouncements(ctx context.Context, since time.Time, limit int) ([]Announcement, error)
	// AnnouncementSent sets SentAt. fault.NotFound where there is none.
	AnnouncementSent(ctx context.Context, id string, at time.Time) error

	// PutReminder keeps a reminder, in the place of whatever has its ID; nobody has a claim on it then, and it was never
	// claimed before.
	PutReminder(ctx context.Context, r Reminder) error
	// DeleteReminder deletes a reminder; missing is not an error.
	DeleteReminder(ctx context.Context, id string) error
	// NextReminder returns the earliest time at which there is a reminder to claim; fault.NotFound where there is none at all.
	NextReminder(ctx context.Context) (time.Time, error)
	// ClaimReminder claims, for the time from now to until, the reminder that has been claimable longest: due at now or
	// before, with no claim on it that lasts beyond now. token is the new claim's name. fault.NotFound where there is none.
	ClaimReminder(ctx context.Context, now, until time.Time, token string) (Claim, error)
	// FinishReminder deletes a reminder if token is the name of the last claim on it; otherwise nothing.
	FinishReminder(ctx context.Context, id, token string) error
}

// Filter says which part of a user's log to list.
type Filter struct {
	// Unread leaves out what is read.
	Unread bool
	// Before leaves out what is numbered so or higher; 0 for nothing. Counts do not follow it.
	Before int64
	// Offset is how many to skip; 0 with Before.
	Offset int
	// Limit is at least 1.
	Limit int
}

// Counts are of a whole log.
type Counts struct {
	// Total is how many the filter lets through.
	Total int
	// Unread is how many are not read.
	Unread int
}
