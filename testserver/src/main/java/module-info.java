/** A scripted API server for tests, the lab and benchmarks: in memory, over real sockets. */
module io.pointsman.testserver {
    requires com.fasterxml.jackson.core;
    requires transitive com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;

    exports io.pointsman.testserver;
}
