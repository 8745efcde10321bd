package io.pointsman.packaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An image as {@code docker save} writes it, unpacked.
 *
 * @param tag name and tag, the only one
 * @param config what the runtime is told: its field {@code config} and what is beside that
 * @param layers their archives, the lowest first
 */
record ImageTar(String tag, JsonNode config, List<Path> layers) {
    private static final ObjectMapper JSON = new ObjectMapper();

    ImageTar {
        layers = List.copyOf(layers);
    }

    /** Unpacks it into a folder, which is made. */
    static ImageTar unpack(Path tar, Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Ended.well(new ProcessBuilder("tar", "-xf", tar.toString(), "-C", folder.toString()));
        final JsonNode manifests = JSON.readTree(folder.resolve("manifest.json").toFile());
        if (manifests.size() != 1 || manifests.get(0).path("RepoTags").size() != 1) {
            throw new IOException("not one image of one name: " + manifests);
        }
        final JsonNode manifest = manifests.get(0);
        final List<Path> layers = new ArrayList<>();
        manifest.path("Layers").forEach(name -> layers.add(folder.resolve(name.asText())));
        return new ImageTar(
                manifest.path("RepoTags").get(0).asText(),
                JSON.readTree(folder.resolve(manifest.path("Config").asText()).toFile()),
                layers);
    }

    /** The layers' digests, which are what they hold. */
    List<String> diffIds() {
        final List<String> ids = new ArrayList<>();
        config.path("rootfs").path("diff_ids").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    /** What {@code tar} lists of a layer, a line for each entry: mode, owner, size, time, name. */
    static List<String> list(Path layer) throws IOException, InterruptedException {
        return Ended.well(new ProcessBuilder(
                        "tar",
                        "--warning=no-unknown-keyword",
                        "-tvzf",
                        layer.toString(),
                        "--numeric-owner",
                        "--full-time",
                        "--utc"))
                .lines()
                .toList();
    }

    /** Lays one layer over the other in a folder, which is made. */
    Path extract(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        for (Path layer : layers) {
            Ended.well(new ProcessBuilder("tar", "-xzf", layer.toString(), "-C", folder.toString()));
        }
        return folder;
    }
}
