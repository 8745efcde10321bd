package io.pointsman.testkit.lab;

import java.io.IOException;

/** What the servers' thread calls when a channel can be read or accepted from. */
interface EchoHandler {
    void ready() throws IOException;

    void stopAccepting();

    void close();
}
