package io.pointsman.packaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An unpacked image, as {@code docker save} writes it.
 *
 * @param tag name and tag, the only one
 * @param config configuration for the runtime: the field {@code config} and the fields next to it
 * @param layers their archives, the lowest first
 */
record ImageTar(String tag, JsonNode config, List<Path> layers) {
    private static final ObjectMapper JSON = new ObjectMapper();

    ImageTar {
        layers = List.copyOf(layers);
    }

    /** Unpacks an image into a new folder. */
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

    /** Returns the digests of the layers' contents. */
    List<String> diffIds() {
        final List<String> ids = new ArrayList<>();
        config.path("rootfs").path("diff_ids").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    /** Returns {@code tar}'s listing of a layer, a line for each entry: mode, owner, size, time, name. */
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

    /** Extracts the layers in order into a new folder. */
    Path extract(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        for (Path layer : layers) {
            Ended.well(new ProcessBuilder("tar", "-xzf", layer.toString(), "-C", folder.toString()));
        }
        return folder;
    }
}
