#include "service/http/rawhead.hpp"

#include <gtest/gtest.h>

namespace lm::http {
namespace {

const std::string start = "POST /thing HTTP/1.1\r\nHost: x\r\n";

unsigned statusOf(const std::string& head) {
    const auto wrong = checkRawHead(head);
    return wrong ? wrong->status : 200;
}
unsigned statusWith(const std::string& fields) {
    return statusOf(start + fields + "\r\n");
}

TEST(RawHead, EndsBehindItsEmptyLineWhereverItIsCut) {
    for (const std::string& head :
         {std::string("GET / HTTP/1.1\r\nA: b\r\n\r\n"), std::string("GET / HTTP/1.1\nA: b\n\n"),
          std::string("GET / HTTP/1.1\r\nA: b\n\r\n"), std::string("GET / HTTP/1.1\r\n\n")}) {
        const std::string all = head + "body\r\n\r\n";
        EXPECT_EQ(endOfHead(all), head.size()) << head;
        for (std::size_t cut = 0; cut < head.size(); ++cut) {
            EXPECT_EQ(endOfHead(all.substr(0, cut)), 0u) << head;
            EXPECT_EQ(endOfHead(all, cut), head.size()) << cut << head;
        }
    }
}

TEST(RawHead, TakesWhatIsPlain) {
    EXPECT_EQ(statusWith(""), 200u);
    EXPECT_EQ(statusWith("Content-Length: 0\r\n"), 200u);
    EXPECT_EQ(statusWith("content-length:\t123456789012345678 \r\n"), 200u);
    EXPECT_EQ(statusWith("Transfer-Encoding: Chunked\r\n"), 200u);
    EXPECT_EQ(statusWith("X-Empty:\r\nX-Text: gr\xc3\xbc\xc3\x9f dich\r\n"), 200u);
    EXPECT_EQ(statusOf("GET / HTTP/1.0\n\n"), 200u);
}

TEST(RawHead, RefusesLengthsThatAreNoneOrTwo) {
    for (const char* length : {"", "x", "-1", "+5", "0x10", "5 5", "5,5", "1234567890123456789"})
        EXPECT_EQ(statusWith(std::string("Content-Length: ") + length + "\r\n"), 400u) << length;
    EXPECT_EQ(statusWith("Content-Length: 5\r\nCONTENT-LENGTH: 5\r\n"), 400u);
    EXPECT_EQ(statusWith("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400u);
    EXPECT_EQ(statusWith("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400u);
    EXPECT_EQ(statusWith("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400u);
}

TEST(RawHead, RefusesOtherCodings) {
    for (const char* coding : {"x", "", "gzip, chunked", "chunked, chunked", "chunked;a=b"})
        EXPECT_EQ(statusWith(std::string("Transfer-Encoding: ") + coding + "\r\n"), 501u) << coding;
}

TEST(RawHead, RefusesWhatAnotherReaderCouldReadDifferently) {
    for (const std::string& line : {std::string("Content-Length : 5"), std::string(" Content-Length: 5"),
                                    std::string("X: a\r\n folded"), std::string("no colon"),
                                    std::string(": nameless"), std::string("X: a\rContent-Length: x"),
                                    std::string("Content\0-Length: x", 18), std::string("X: \x7f")})
        EXPECT_EQ(statusWith(line + "\r\n"), 400u) << line;
    for (const std::string& line :
         {std::string("NONSENSE"), std::string("GET /thing"), std::string("GET HTTP/1.1"), std::string("G"),
          std::string("GET / HTTP/2.0"), std::string(" GET / HTTP/1.1"), std::string("GET /\0 HTTP/1.1", 16)})
        EXPECT_EQ(statusOf(line + "\r\n\r\n"), 400u) << line;
}

TEST(RawHead, HasLimits) {
    const auto requestLine = [](std::size_t size) {
        const std::string frame = "GET / HTTP/1.1\r";
        return "GET /" + std::string(size - frame.size(), 'x') + " HTTP/1.1\r\n";
    };
    EXPECT_EQ(statusOf(requestLine(maxRequestLine) + "\r\n"), 200u);
    EXPECT_EQ(statusOf(requestLine(maxRequestLine + 1) + "\r\n"), 414u);
    EXPECT_FALSE(checkHeadSize(std::string(maxRequestLine, 'x')));
    EXPECT_EQ(checkHeadSize(std::string(maxRequestLine + 1, 'x'))->status, 414u) << "before it has an end";
    std::string fields;
    for (std::size_t i = 0; i < maxFields; ++i)
        fields += "X: 1\r\n";
    EXPECT_EQ(statusOf("GET / HTTP/1.1\r\n" + fields + "\r\n"), 200u);
    EXPECT_EQ(statusOf("GET / HTTP/1.1\r\nX: 1\r\n" + fields + "\r\n"), 431u);
    const std::string large = "GET / HTTP/1.1\r\nX: " + std::string(maxFieldBytes - 7, 'x');
    EXPECT_EQ(statusOf(large + "\r\n\r\n"), 200u);
    EXPECT_EQ(statusOf(large + "x\r\n\r\n"), 431u);
    EXPECT_EQ(checkHeadSize(large + "xxxxx")->status, 431u) << "before it has an end";
    const std::string longLine = requestLine(maxRequestLine) + "X: ";
    const std::size_t left = maxHead - longLine.size() - 4;
    EXPECT_EQ(statusOf(longLine + std::string(left, 'x') + "\r\n\r\n"), 200u);
    EXPECT_EQ(statusOf(longLine + std::string(left + 1, 'x') + "\r\n\r\n"), 431u);
}

TEST(RawHead, TellsAField) {
    const std::string head = start + "origin:  https://a \r\nOrigin: second\r\n\r\n";
    EXPECT_EQ(fieldOf(head, "Origin"), "https://a");
    EXPECT_EQ(fieldOf(head, "Other"), "");
    EXPECT_EQ(fieldOf("GET", "Origin"), "");
}

} // namespace
} // namespace lm::http
