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
 * The API server, in a process of its own: {@code address services endpoints folder}. Writes {@code folder/kubeconfig} and the
 * same objects as {@code folder/objects.json}, then prints {@code ready}. Each line it reads is an order: {@code watchlists
 * true|false}, whether it offers WatchLists, or {@code change SERVICE NUMBER}, another endpoint in place of the first. It ends
 * with its input.
 */
final class ServerMain {
    private static final int PORT = 6443;
    private static final Duration BOOKMARKS = Duration.ofSeconds(60); // as often as the real one

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
