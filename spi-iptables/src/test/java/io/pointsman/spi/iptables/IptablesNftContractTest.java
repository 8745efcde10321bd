package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;

class IptablesNftContractTest extends IptablesContract {
    IptablesNftContractTest() {
        super(Flavour.NFT);
    }
}
