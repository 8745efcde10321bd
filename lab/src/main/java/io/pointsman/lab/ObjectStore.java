package io.pointsman.lab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where agents read the cluster's objects. */
interface ObjectStore extends AutoCloseable {
    /** These are the cluster's objects from now on, Services before their EndpointSlices. */
    void write(List<ObjectNode> objects) throws IOException;

    /** {@code kubectl patch} of an object that is there; what has become of it. */
    ObjectNode patch(ObjectNode object, String patch) throws IOException;

    /** An edit by a person, of however many writes: when it returns every agent that runs has it in force. */
    void edit(Write edit) throws IOException;

    /** A folder that holds the same objects as files, for {@code explain}. */
    Path manifests();

    /** The lines of an agent's configuration that lead it here. */
    List<String> settings();

    /** How a person who entered a host changes an object, in lines to show. */
    List<String> howToEdit();

    @Override
    void close();

    /** Something that writes. */
    @FunctionalInterface
    interface Write {
        void make() throws IOException;
    }

    /** Makes a write and comes back when every agent that runs has put it in force. */
    @FunctionalInterface
    interface Turn {
        void take(Write write) throws IOException;
    }
}
