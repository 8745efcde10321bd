package io.pointsman.linux.nftables.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NftElementTest {
    private static final NftSet SET = new NftSet("inet", "mine", "set", "vips4", "ipv4_addr");
    private static final NftSet MAP =
            new NftSet("inet", "mine", "map", "served4", "ipv4_addr . inet_proto . inet_service : verdict");

    @Test
    void shouldDeclareASetAndNameIt() {
        assertThat(SET.declaration()).isEqualTo("set vips4 { type ipv4_addr; }\n");
        assertThat(SET.path()).isEqualTo("inet mine vips4");
    }

    @Test
    void shouldDeleteBeforeItAddsASetAtATime() {
        final String key = NftElement.key(Protocol.UDP, IpAddress.parse("10.96.0.1"), 53);

        assertThat(NftElement.change(
                        List.of(new NftElement(SET, "10.96.0.2", "")),
                        List.of(new NftElement(MAP, key, "drop"), new NftElement(SET, "10.96.0.1", ""))))
                .isEqualTo("""
                        delete element inet mine vips4 { 10.96.0.2 }
                        add element inet mine served4 { 10.96.0.1 . udp . 53 : drop }
                        add element inet mine vips4 { 10.96.0.1 }
                        """);
        assertThat(NftElement.change(List.of(), List.of())).isEmpty();
    }

    @Test
    void shouldPutNoMoreThanFiveHundredIntoAStatement() {
        final List<NftElement> many = new ArrayList<>();
        for (int i = 0; i < 501; i++) {
            many.add(new NftElement(SET, "10.0.0." + i, ""));
        }

        assertThat(NftElement.change(List.of(), many).lines())
                .hasSize(2)
                .last()
                .asString()
                .isEqualTo("add element inet mine vips4 { 10.0.0.500 }");
    }

    @Test
    void shouldLeaveOutRangesWithinOthers() {
        final List<Cidr> ranges = Stream.of("10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8", "192.168.0.0/24")
                .map(Cidr::parse)
                .toList();

        assertThat(NftElement.outermost(ranges)).containsExactly(ranges.get(1), ranges.get(3));
    }
}
