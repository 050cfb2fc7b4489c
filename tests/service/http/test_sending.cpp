#include "tests/service/http/frontfixture.hpp"

#include <thread>

namespace lm::http {
namespace {

using test::bodyOf;
using test::get;
using test::statusLine;

/// Gives pieces of `text` on a thread of its own, or fails when `failAt` has been given out.
class Text : public BodySource {
public:
    Text(std::string text, std::size_t piece, std::size_t failAt = std::string::npos, bool sized = true)
        : text_(std::move(text)), piece_(piece), failAt_(failAt), sized_(sized) {}
    ~Text() override {
        if (thread_.joinable()) thread_.join();
    }
    std::uint64_t size() const override { return sized_ ? text_.size() : unknownSize; }
    void read(std::function<void(Piece)> done) override {
        if (thread_.joinable()) thread_.join();
        Piece piece;
        if (at_ < failAt_) piece = text_.substr(std::min(at_, text_.size()), piece_);
        at_ += piece_;
        ++reads;
        thread_ = std::thread([done = std::move(done), piece = std::move(piece)] { done(piece); });
    }
    std::atomic<std::size_t> reads{0};

private:
    const std::string text_;
    const std::size_t piece_, failAt_;
    const bool sized_;
    std::size_t at_ = 0;
    std::thread thread_;
};

class Sending : public FrontTest {
protected:
    std::shared_ptr<Text> serve(std::string text, std::size_t piece, std::size_t failAt = std::string::npos,
                                bool sized = true) {
        auto source = std::make_shared<Text>(std::move(text), piece, failAt, sized);
        settings_.port = 0;
        Router router;
        router.add("GET", "/file", [weak = std::weak_ptr<Text>(source), this](const Request& request) {
            range_ = request.header("Range");
            Response response;
            response.type = "audio/wav";
            response.source = std::exchange(source_, nullptr);
            return response;
        });
        router.add("GET", "/later", [this](const Request&) {
            Response response;
            response.later = [this](const Answer& answer) {
                Response file;
                file.source = std::exchange(source_, nullptr);
                answer(std::move(file));
            };
            return response;
        });
        auto front = Front::open(settings_, std::move(router), options_);
        front_ = std::move(*front);
        source_ = source;
        return source;
    }
    static std::string pattern(std::size_t size) {
        std::string text(size, ' ');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>('a' + i * 7 % 23);
        return text;
    }
    std::shared_ptr<Text> source_;
    std::string range_;
};

TEST_F(Sending, GivesTheWholeBodyInPieces) {
    const std::string text = pattern(1'000'003);
    for (const char* path : {"/file", "/later"}) {
        const auto source = serve(text, 65536);
        const std::string answer = ask(get(path));
        EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
        EXPECT_NE(answer.find("Content-Length: 1000003\r\n"), std::string::npos) << answer.substr(0, 500);
        EXPECT_TRUE(bodyOf(answer) == text) << path << " " << bodyOf(answer).size();
        EXPECT_EQ(source->reads, 16u);
        EXPECT_TRUE(idle());
    }
}

TEST_F(Sending, AnswersHeadWithTheLengthAlone) {
    const auto source = serve(pattern(1000), 100);
    const std::string answer = ask("HEAD /file HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(answer.find("Content-Length: 1000\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Content-Type: audio/wav\r\n"), std::string::npos) << answer;
    EXPECT_EQ(bodyOf(answer), "");
    EXPECT_EQ(source->reads, 0u);
}

TEST_F(Sending, ShowsHandlersTheRangeAndCutsNothingByItself) {
    serve(pattern(1000), 100);
    const std::string answer = ask(get("/file", "Range: bytes=0-1,5-9\r\n"));
    EXPECT_EQ(range_, "bytes=0-1,5-9");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(bodyOf(answer).size(), 1000u);
}

TEST_F(Sending, CutsTheConnectionWhenThereIsNothingMoreToRead) {
    serve(pattern(1000), 100, 300);
    const std::string answer = ask(get("/file"));
    EXPECT_LE(bodyOf(answer).size(), 300u);
    EXPECT_NE(answer.find("Content-Length: 1000\r\n"), std::string::npos);
    EXPECT_TRUE(idle());
}

TEST_F(Sending, GivesABodyOfUnknownSizeInChunksAndEndsItWithAnEmptyPiece) {
    const std::string text = pattern(250);
    serve(text, 100, std::string::npos, false);
    const std::string answer = ask(get("/file"));
    EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << answer;
    EXPECT_EQ(bodyOf(answer), "64\r\n" + text.substr(0, 100) + "\r\n64\r\n" + text.substr(100, 100) +
                                  "\r\n32\r\n" + text.substr(200) + "\r\n0\r\n\r\n");
    EXPECT_TRUE(idle());
}

TEST_F(Sending, GivesABodyOfUnknownSizeWithoutChunksToAClientThatKnowsNone) {
    const std::string text = pattern(250);
    serve(text, 100, std::string::npos, false);
    const std::string answer = ask("GET /file HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos) << answer;
    EXPECT_EQ(bodyOf(answer), text);
    EXPECT_TRUE(idle());
}

TEST_F(Sending, LetsNobodyTakeACutBodyOfUnknownSizeForAWholeOne) {
    serve(pattern(1000), 100, 300, false);
    const std::string answer = ask(get("/file"));
    EXPECT_FALSE(answer.ends_with("0\r\n\r\n")) << answer;
    EXPECT_TRUE(idle());
}

TEST_F(Sending, ReadsNoFurtherThanTheClientTakes) {
    settings_.requestTimeoutMs = 600'000;
    const auto source = serve(pattern(64 << 20), 1 << 20);
    auto slow = client();
    ASSERT_TRUE(slow.send(get("/file")));
    // The kernel's buffers fill, then nothing is read any more.
    std::size_t before = 0, still = 0;
    EXPECT_TRUE(test::eventually([&] {
        still = std::exchange(before, source->reads) == before ? still + 1 : 0;
        return before > 0 && still > 100;
    }));
    EXPECT_LT(source->reads, 60u);
    slow.close();
    EXPECT_TRUE(idle());
}

TEST_F(Sending, CutsAClientThatTakesNothing) {
    settings_.requestTimeoutMs = 1000;
    const auto source = serve(pattern(64 << 20), 1 << 20);
    auto slow = client();
    ASSERT_TRUE(slow.send(get("/file")));
    EXPECT_TRUE(test::eventually([&] { return source->reads > 0; }));
    EXPECT_TRUE(idle());
    EXPECT_LT(source->reads, 60u);
    EXPECT_EQ(front_->stats().requestTimeouts, 1u);
}

TEST_F(Sending, CutsItselfWhenADiskNeverAnswers) {
    class Dead : public BodySource {
        std::uint64_t size() const override { return 1000; }
        void read(std::function<void(Piece)>) override {}
    };
    settings_.requestTimeoutMs = 500;
    settings_.port = 0;
    Router router;
    router.add("GET", "/dead", [](const Request&) {
        Response response;
        response.source = std::make_shared<Dead>();
        return response;
    });
    front_ = std::move(*Front::open(settings_, std::move(router), options_));
    auto c = client();
    ASSERT_TRUE(c.send(get("/dead")));
    c.answer();
    EXPECT_TRUE(c.ended());
    EXPECT_TRUE(idle());
}

TEST_F(Sending, EndsWithTheFront) {
    serve(pattern(64 << 20), 1 << 20);
    auto slow = client();
    ASSERT_TRUE(slow.send(get("/file")));
    EXPECT_TRUE(slow.receives("Content-Length"));
    front_.reset();
    slow.answer();
    EXPECT_TRUE(slow.ended());
}

} // namespace
} // namespace lm::http
