package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SavedRuleTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        -A INPUT -j OURS                                                    | OURS
        -p tcp -m tcp --dport 80 -g OURS                                    | OURS
        -A INPUT -m comment --comment "see -j OURS" -j ACCEPT               | ACCEPT
        -A INPUT -m comment --comment "a \\" -j OURS" -j ACCEPT             | ACCEPT
        -A INPUT -m comment --comment -j -j ACCEPT                          | ACCEPT
        -A INPUT -m comment --comment --comment -j OURS                     | OURS
        -A INPUT -m comment --comment "--comment" -j OURS                   | OURS
        -A INPUT -j LOG --log-prefix "x -j OURS "                           | LOG
        -A INPUT -j NFLOG --nflog-prefix -j                                 | NFLOG
        -A INPUT -m recent --set --name -j --mask 255.255.255.255 -j DROP   | DROP
        -A INPUT -m comment --comment "unended -j OURS                      |
        -A INPUT -s 10.0.0.0/8                                              |
        -A INPUT -j                                                         |
        """)
    void shouldTellWhereARuleLeadsWhateverItsTextSays(String rule, String target) {
        assertThat(SavedRule.target(rule).orElse(null)).isEqualTo(target);
    }

    @Test
    void shouldFindNothingInNothing() {
        assertThat(SavedRule.target("")).isEmpty();
    }
}
