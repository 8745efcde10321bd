/** Tests for backends: conformance cases, the contract with real packets, and the hosts that it runs on. */
module io.pointsman.testkit {
    requires transitive io.pointsman.api;
    requires transitive io.pointsman.engine;
    requires transitive io.pointsman.linux;
    requires io.pointsman.kubernetes;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive org.junit.jupiter.api;
    requires org.junit.platform.engine;
    requires org.junit.platform.launcher;
    requires static transitive org.jspecify;

    exports io.pointsman.testkit;
    exports io.pointsman.testkit.contract;
    exports io.pointsman.testkit.lab;
    exports io.pointsman.testkit.outsiders;
    exports io.pointsman.testkit.uml;
}
