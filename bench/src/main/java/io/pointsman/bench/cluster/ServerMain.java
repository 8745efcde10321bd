package io.pointsman.bench.cluster;

import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The API server, in a process of its own: {@code address services endpoints folder}. Writes {@code folder/kubeconfig},
 * and the objects as {@code folder/objects.json}, then prints {@code ready}. Reads commands, one a line:
 * {@code watchlists true|false} switches WatchLists on or off, {@code change SERVICE NUMBER} replaces a Service's first
 * endpoint. Ends when its standard input ends.
 */
final class ServerMain {
    private static final int PORT = 6443;
    private static final Duration BOOKMARKS = Duration.ofSeconds(60); // as often as a real API server

    private ServerMain() {}

    public static void main(String[] args) throws IOException {
        final int services = Integer.parseInt(args[1]);
        final int endpoints = Integer.parseInt(args[2]);
        final Path folder = Path.of(args[3]);
        final FakeCluster cluster = new FakeCluster();
        ClusterObjects.all(services, endpoints).forEach(cluster::put);
        Files.writeString(
                folder.resolve("objects.json"),
                "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":["
                        + String.join(",", ClusterObjects.all(services, endpoints)) + "]}\n");
        try (ApiTestServer server = ApiTestServer.of(cluster)
                .address(args[0])
                .port(PORT)
                .bookmarks(BOOKMARKS)
                .start()) {
            final Path _ = server.kubeconfig(folder);
            System.out.println("ready");
            final BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                final String[] words = order.split(" ", -1);
                switch (words[0]) {
                    case "watchlists" -> server.offerWatchList(Boolean.parseBoolean(words[1]));
                    case "change" ->
                        cluster.put(ClusterObjects.changedSlice(
                                Integer.parseInt(words[1]), endpoints, Integer.parseInt(words[2])));
                    default -> throw new IllegalArgumentException(order);
                }
            }
        }
    }
}
