package io.pointsman.testkit.lab;

import java.io.IOException;

/** Called by the servers' thread if a channel can be read or accepted from. */
interface EchoHandler {
    void ready() throws IOException;

    void stopAccepting();

    void close();
}
