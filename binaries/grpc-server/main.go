// Command grpc-server serves nothing but its own health and a list of its methods, as gRPC's standards have them. Tests of
// faults in gRPC requests do it to this one.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

func main() {
	address := flag.String("address", "127.0.0.1:50051", "host and port to listen on")
	flag.Parse()
	if err := serve(*address); err != nil {
		fmt.Fprintf(os.Stderr, "grpc-server: %v\n", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	return server.Serve(listener)
}
