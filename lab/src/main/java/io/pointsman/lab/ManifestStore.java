package io.pointsman.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.testserver.Patches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A store in one file that every node's agent watches. A write replaces the whole file. */
final class ManifestStore implements ObjectStore {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String FILE = "cluster.json";

    private final Path folder;
    private final Turn turn;

    ManifestStore(Path folder, Turn turn) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.turn = turn;
    }

    @Override
    public void write(List<ObjectNode> objects) throws IOException {
        final ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
        list.putArray("items").addAll(objects);
        final Path next = Files.writeString(folder.resolve("." + FILE + ".new"), JSON.writeValueAsString(list));
        Files.move(next, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Applies a JSON merge patch, which suffices as no patch of the lab touches a list. */
    @Override
    public ObjectNode patch(ObjectNode object, String patch) throws IOException {
        final ObjectNode patched = object.deepCopy();
        Patches.merge(patched, JSON.readTree(patch));
        ClusterState.admit(patched);
        return patched;
    }

    @Override
    public void edit(Write edit) throws IOException {
        turn.take(edit);
    }

    @Override
    public Path manifests() {
        return folder;
    }

    @Override
    public List<String> settings() {
        return List.of("manifest: " + folder);
    }

    @Override
    public List<String> howToEdit() {
        return List.of("The Services are in", "  " + folder.resolve(FILE), "and an edit of that file takes effect.");
    }

    @Override
    public void close() {
        // no resources to close
    }
}
