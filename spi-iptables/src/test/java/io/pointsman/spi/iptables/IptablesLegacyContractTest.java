package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;

class IptablesLegacyContractTest extends IptablesContract {
    IptablesLegacyContractTest() {
        super(Flavour.LEGACY);
    }
}
