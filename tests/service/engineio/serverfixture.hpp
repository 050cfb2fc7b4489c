#pragma once

#include "service/engineio/server.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace lm::engineio {

inline std::string numbered(std::string prefix, unsigned number) {
    return prefix += std::to_string(number);
}

/// A WebSocket that writes down what goes out.
struct FakeSocket : Socket {
    void send(SharedOutgoing packet) override {
        sent.emplace_back(packet->packet());
        if (stuck) bytes += packet->size();
    }
    std::size_t queued() const override { return bytes; }
    void close(std::uint16_t code) override { closed = code; }
    void abort() override { aborted = true; }
    std::string next() {
        const std::string first = sent.empty() ? "nothing" : sent.front();
        if (!sent.empty()) sent.erase(sent.begin());
        return first;
    }

    std::vector<std::string> sent;
    bool stuck = false; // the peer does not read
    std::size_t bytes = 0;
    std::uint16_t closed = 0;
    bool aborted = false;
};

struct FakeExchange : Exchange {
    void answer(Answer given) override {
        EXPECT_FALSE(answered) << "a second answer";
        answered = std::move(given);
    }
    std::optional<Answer> answered;
    std::string text() const {
        return answered ? std::to_string(answered->status) + ' ' + answered->body : "waiting";
    }
};

/// An application that writes down what it hears.
class FakeApplication : public Application {
public:
    std::unique_ptr<Conversation> opened(Session& session) override {
        sessions.push_back(&session);
        return std::make_unique<Heard>(*this);
    }
    std::vector<Session*> sessions;
    std::vector<std::string> heard;

private:
    struct Heard : Conversation {
        explicit Heard(FakeApplication& to) : owner(to) {}
        void onText(std::string_view text) override { owner.heard.push_back("text " + std::string(text)); }
        void onBinary(std::string bytes) override { owner.heard.push_back("binary " + bytes); }
        void onClose(Reason reason) override { owner.heard.push_back(describe(reason)); }
        FakeApplication& owner;
    };
};

class ServerTest : public ::testing::Test {
protected:
    using ms = std::chrono::milliseconds;
    using Heard = std::vector<std::string>;

    std::shared_ptr<FakeExchange> ask(const std::string& query, const std::string& method = "GET",
                                      const std::string& body = {}, const std::string& type = "text/plain") {
        auto exchange = std::make_shared<FakeExchange>();
        server_.request(parseQuery(query), method, type, body, exchange);
        return exchange;
    }
    /// Opens a session over polling; its identifier.
    std::string open() {
        EXPECT_EQ(ask("EIO=4&transport=polling")->answered->status, 200U);
        return application_.sessions.back()->id();
    }
    std::shared_ptr<FakeExchange> poll(const std::string& sid) {
        return ask("EIO=4&transport=polling&sid=" + sid);
    }
    std::string push(const std::string& sid, const std::string& body) {
        return ask("EIO=4&transport=polling&sid=" + sid, "POST", body)->text();
    }
    void connect(FakeSocket& socket, const std::string& sid = {}) {
        server_.connected(socket, {"4", "websocket", sid});
    }
    void pass(ms time) {
        now_ += time;
        server_.expire();
    }

    /// The server speaks to it to its own end, which comes after that of a test.
    FakeSocket& newSocket() { return sockets_.emplace_back(); }

    Time now_{};
    unsigned made_ = 0;
    std::deque<FakeSocket> sockets_;
    FakeApplication application_;
    Settings settings_{ms(300), ms(200), ms(1000), ms(3000), 1000, 2000, 3};
    Server server_{settings_, application_, [this] { return now_; },
                   [this] { return engineio::numbered("id", made_++); }};
};

} // namespace lm::engineio
