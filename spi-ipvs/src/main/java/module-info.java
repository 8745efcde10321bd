/** The backend that programs IPVS: {@link java.util.ServiceLoader} finds it, nothing of it is for others to call. */
module io.pointsman.spi.ipvs {
    requires io.pointsman.api;
    requires io.pointsman.linux;
    requires org.slf4j;
    requires static org.jspecify;

    provides io.pointsman.spi.BackendProvider with
            io.pointsman.spi.ipvs.IpvsProvider;
}
