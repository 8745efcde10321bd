/** The nftables backend. {@link java.util.ServiceLoader} finds it; it exports nothing. */
module io.pointsman.spi.nftables {
    requires io.pointsman.api;
    requires io.pointsman.linux;
    requires org.slf4j;
    requires static org.jspecify;

    provides io.pointsman.spi.BackendProvider with
            io.pointsman.spi.nftables.NftablesProvider;
}
