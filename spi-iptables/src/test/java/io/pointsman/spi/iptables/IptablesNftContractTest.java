package io.pointsman.spi.iptables;

class IptablesNftContractTest extends IptablesContract {
    IptablesNftContractTest() {
        super(Flavour.NFT);
    }
}
