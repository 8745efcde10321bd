/** Types shared by all modules: the service model, the forwarding plan and the backend SPI. Depends on the JDK only. */
@SuppressWarnings("module") // the test kit is built after this
module io.pointsman.api {
    requires static transitive org.jspecify;

    exports io.pointsman.model;
    exports io.pointsman.plan;
    exports io.pointsman.spi;
    exports io.pointsman.plan.tracking to
            io.pointsman.testkit;

    uses io.pointsman.spi.BackendProvider;
}
