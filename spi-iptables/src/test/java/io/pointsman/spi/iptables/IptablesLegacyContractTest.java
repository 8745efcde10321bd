package io.pointsman.spi.iptables;

class IptablesLegacyContractTest extends IptablesContract {
    IptablesLegacyContractTest() {
        super(Flavour.LEGACY);
    }
}
