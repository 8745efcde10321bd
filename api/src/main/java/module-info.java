/** The words everyone shares: the service model, the forwarding plan and the backend SPI. Knows only the JDK. */
module io.pointsman.api {
    requires static transitive org.jspecify;

    exports io.pointsman.model;
    exports io.pointsman.plan;
    exports io.pointsman.spi;

    uses io.pointsman.spi.BackendProvider;
}
