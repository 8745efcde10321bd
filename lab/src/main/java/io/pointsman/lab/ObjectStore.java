package io.pointsman.lab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A store of the cluster's objects that agents read. */
interface ObjectStore extends AutoCloseable {
    /** Replaces all objects, Services before their EndpointSlices. */
    void write(List<ObjectNode> objects) throws IOException;

    /** Applies a {@code kubectl patch} to an existing object, and returns the new object. */
    ObjectNode patch(ObjectNode object, String patch) throws IOException;

    /** Makes an edit of one or more writes; when it returns, every running agent has it in force. */
    void edit(Write edit) throws IOException;

    /** Returns a folder that holds the same objects as files, for {@code explain}. */
    Path manifests();

    /** Returns the lines of an agent's configuration that name this store. */
    List<String> settings();

    /** Returns instructions for a person who entered a host and wants to change an object. */
    List<String> howToEdit();

    @Override
    void close();

    /** An operation that writes. */
    @FunctionalInterface
    interface Write {
        void make() throws IOException;
    }

    /** Makes a write and returns when every running agent has put it in force. */
    @FunctionalInterface
    interface Turn {
        void take(Write write) throws IOException;
    }
}
