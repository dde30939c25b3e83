package notifications

import (
	"context"
	"fmt"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/ids"
)

// RegisterDevice makes a device the caller's, whoever had it before: a token is one app on one device, and the app is
// signed in as the caller now.
func (s *Service) RegisterDevice(ctx context.Context, req *v1.RegisterDeviceRequest) (*v1.RegisterDeviceResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	id, err := s.Store.PutDevice(ctx, Device{
		ID: ids.New(), Token: req.GetToken(), UserID: caller.UserID, SessionID: caller.SessionID,
		Platform: platformFromProto[req.GetPlatform()], RegisteredAt: now(),
	}, maxDevices)
	if err != nil {
		return nil, fmt.Errorf("register a device: %w", err)
	}
	return &v1.RegisterDeviceResponse{DeviceId: id}, nil
}

// UnregisterDevice takes a device off the caller; somebody else's stays.
func (s *Service) UnregisterDevice(ctx context.Context, req *v1.UnregisterDeviceRequest) (*v1.UnregisterDeviceResponse, error) {
	caller, err := identity.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.DeleteDevice(ctx, caller.UserID, req.GetDeviceId()); err != nil {
		return nil, fmt.Errorf("unregister a device: %w", err)
	}
	return &v1.UnregisterDeviceResponse{Message: success}, nil
}
