// Command toxiproxy is the Toxiproxy server, of the version that go.mod pins. It differs from the upstream command in
// three ways: its version comes from the module and not from a linker flag, it ends with an error when its address
// cannot be had (upstream logs it and stays), and it listens only where it was told to.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

const modulePath = "github.com/Shopify/toxiproxy/v2"

func main() {
	host := flag.String("host", "127.0.0.1", "host on which the control API listens")
	port := flag.String("port", "8474", "port on which the control API listens")
	printVersion := flag.Bool("version", false, "print the version and end")
	flag.Parse()

	toxiproxy.Version = pinnedVersion()
	if *printVersion {
		fmt.Printf("toxiproxy-server version %s\n", toxiproxy.Version)
		return
	}
	if err := serve(net.JoinHostPort(*host, *port)); err != nil {
		fmt.Fprintf(os.Stderr, "toxiproxy: %v\n", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	zerolog.TimestampFunc = func() time.Time { return time.Now().UTC() }
	logger := zerolog.New(os.Stdout).With().Timestamp().Logger()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), logger)

	failed := make(chan error, 1)
	go func() { failed <- server.Listen(address) }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)

	select {
	case err := <-failed:
		return err
	case <-signals:
		return server.Shutdown()
	}
}

// pinnedVersion reads what go.mod pinned out of the binary itself.
func pinnedVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dependency := range info.Deps {
		if dependency.Path == modulePath {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}
