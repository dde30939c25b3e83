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
	token, platform := req.GetToken(), platformFromProto[req.GetPlatform()]
	if platform == Web {
		subscription, err := ParseSubscription(token)
		if err != nil {
			return nil, err
		}
		if token, err = subscription.Token(); err != nil {
			return nil, fmt.Errorf("register a browser: %w", err)
		}
	}
	id, err := s.Store.PutDevice(ctx, Device{
		ID: ids.New(), Token: token, UserID: caller.UserID, SessionID: caller.SessionID,
		Platform: platform, RegisteredAt: now(),
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

// GetPushConfig returns what a client needs to be pushed to.
func (s *Service) GetPushConfig(ctx context.Context, _ *v1.GetPushConfigRequest) (*v1.GetPushConfigResponse, error) {
	if _, err := identity.From(ctx); err != nil {
		return nil, err
	}
	return &v1.GetPushConfigResponse{WebPushPublicKey: s.WebPushKey}, nil
}
