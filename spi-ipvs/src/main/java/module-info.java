/** The IPVS backend. {@link java.util.ServiceLoader} finds it; other modules call nothing of it directly. */
module io.pointsman.spi.ipvs {
    requires io.pointsman.api;
    requires io.pointsman.linux;
    requires org.slf4j;
    requires static org.jspecify;

    provides io.pointsman.spi.BackendProvider with
            io.pointsman.spi.ipvs.IpvsProvider;
}
