package app

import (
	"context"

	"github.com/sirupsen/logrus"

	"overwatch/internal/archive"
	"overwatch/internal/config"
	"overwatch/internal/inbox"
	"overwatch/internal/inbox/jetstream"
	"overwatch/internal/inbox/local"
)

// openInbox opens the inbox of the settings, and the archive of results beside it. In a cluster
// copyAudit stores copies of audit records; otherwise it is nil.
func openInbox(ctx context.Context, settings inbox.Config, log logrus.FieldLogger) (
	store inbox.Store, results archive.Store, copyAudit func(ctx context.Context, chain string, seq uint64, record []byte) error, err error,
) {
	if settings.NATSURL != "" {
		cluster, err := openCluster(ctx, settings, log)
		if err != nil {
			return nil, nil, nil, err
		}
		return cluster, cluster.Results(), cluster.Audit, nil
	}
	one, err := local.Open(local.Options{Config: settings, Log: log})
	if err != nil {
		return nil, nil, nil, err
	}
	return one, one.Results(), nil, nil
}

func openCluster(ctx context.Context, settings inbox.Config, log logrus.FieldLogger) (*jetstream.Store, error) {
	password, err := config.Secret("nats-password", settings.NATSPassword, settings.NATSPasswordFile)
	if err != nil {
		return nil, err
	}
	return jetstream.Open(ctx, jetstream.Options{Config: settings, Password: password, Log: log})
}

// VisitInbox opens the inbox of a bot, which may be running, for an operator.
func VisitInbox(ctx context.Context, settings inbox.Config, log logrus.FieldLogger) (inbox.Admin, error) {
	if settings.NATSURL != "" {
		return openCluster(ctx, settings, log)
	}
	return local.Visit(ctx, local.Options{Config: settings, Log: log})
}
