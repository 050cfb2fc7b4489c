#include "plugins/common/websocket/client.hpp"
#include "tests/support/rawpeer.hpp"
#include "tests/support/wsserver.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace lm::ws {
namespace {

Result<std::unique_ptr<Client>> open(const std::string& url, GCancellable* cancellable = nullptr,
                                     std::chrono::seconds timeout = std::chrono::seconds(20)) {
    const auto target = parseTarget(url);
    if (!target) return target.error();
    return Client::open({*target, timeout, cancellable});
}

TEST(ClientTarget, IsReadFromAUrl) {
    const auto plain = parseTarget("ws://media:3001/egress-audio?roomName=a%20b");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "media");
    EXPECT_EQ(plain->port, 3001);
    EXPECT_EQ(plain->authority, "media:3001");
    EXPECT_EQ(plain->resource, "/egress-audio?roomName=a%20b");
    EXPECT_FALSE(plain->tls);
    const auto secure = parseTarget("wss://[::1]");
    ASSERT_TRUE(secure);
    EXPECT_EQ(secure->host, "::1");
    EXPECT_EQ(secure->port, 443);
    EXPECT_EQ(secure->authority, "[::1]");
    EXPECT_EQ(secure->resource, "/");
    EXPECT_TRUE(secure->tls);
}

TEST(ClientTarget, IsRefusedWithoutRepeatingIt) {
    for (const char* url : {"", "media:3001", "http://media/x?token=hunter2", "ws:///x?token=hunter2",
                            "ws://u:hunter2@media/", "ws://media:99999/?token=hunter2"}) {
        const auto refused = parseTarget(url);
        ASSERT_FALSE(refused) << url;
        EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
    }
}

TEST(Client, SendsEveryMessageWholeAndSaysGoodbye) {
    test::WsServer server;
    const auto client = open(server.url("/x?trackId=TR_1"));
    ASSERT_TRUE(client) << client.error().message;
    std::vector<std::uint8_t> sent;
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{125}, std::size_t{126}, std::size_t{65535}, std::size_t{70000}}) {
        std::vector<std::uint8_t> message(size);
        for (std::size_t i = 0; i < size; ++i)
            message[i] = static_cast<std::uint8_t>(i * 7 + size);
        ASSERT_FALSE((*client)->send(message));
        sent.insert(sent.end(), message.begin(), message.end());
    }
    EXPECT_FALSE((*client)->close());
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].query, "trackId=TR_1");
    EXPECT_EQ(received[0].messages, 5u);
    EXPECT_TRUE(received[0].audio == sent);
    EXPECT_EQ(received[0].closeCode, 1000);
    EXPECT_TRUE(received[0].errors.empty());
}

TEST(Client, ThatIsDroppedSaysThatItGoes) {
    test::WsServer server;
    {
        const auto client = open(server.url());
        ASSERT_TRUE(client);
        ASSERT_FALSE((*client)->send(asBytes("last words")));
    }
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].closeCode, 1001);
    EXPECT_EQ(received[0].messages, 1u);
}

TEST(Client, SaysWhatTheServerAnsweredInstead) {
    test::RawPeer peer([](test::RawPeer::Socket& socket) {
        socket.readRequest();
        socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        socket.readToEnd();
    });
    const auto client = open(peer.url() + "?token=hunter2");
    ASSERT_FALSE(client);
    EXPECT_NE(client.error().message.find("403 Forbidden"), std::string::npos) << client.error().message;
    EXPECT_EQ(client.error().message.find("hunter2"), std::string::npos);
}

TEST(Client, AnswersPingsWithTheirPayload) {
    test::RawPeer peer([](test::RawPeer::Socket& socket) {
        socket.upgrade();
        socket.write(std::string("\x89\x03"
                                 "abc",
                                 5));
        socket.readToEnd();
    });
    {
        const auto client = open(peer.url());
        ASSERT_TRUE(client);
        // The ping may be under way; a pong goes out before the next message.
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (int i = 0; i < 1'000'000 && std::chrono::steady_clock::now() < patience; ++i) {
            ASSERT_FALSE((*client)->send(asBytes("x")));
            if ((*client)->pongs() > 0) break;
        }
    }
    bool answered = false;
    for (const auto& frame : peer.frames()) {
        EXPECT_TRUE(frame.masked);
        answered |= frame.opcode == 10 && frame.payload == "abc";
    }
    EXPECT_TRUE(answered);
}

TEST(Client, SaysWhyTheServerHasGone) {
    test::RawPeer peer([](test::RawPeer::Socket& socket) {
        socket.upgrade();
        socket.write(std::string("\x88\x0b\x03\xf0no thanks", 13));
        socket.readToEnd();
    });
    // The Close may come together with the 101, or later.
    const auto client = open(peer.url());
    std::optional<Error> error;
    if (!client) error = client.error();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!error && std::chrono::steady_clock::now() < patience)
        error = (*client)->send(asBytes("x"));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message, "the server closed the connection with 1008: no thanks");
}

TEST(Client, ThatWaitsForAPeerWhoDoesNotReadEndsWhenItIsToldTo) {
    std::promise<void> gone;
    test::RawPeer peer([&gone](test::RawPeer::Socket& socket) {
        socket.upgrade();
        gone.get_future().wait();
    });
    const auto cancellable = Ref<GCancellable>::adopt(g_cancellable_new());
    auto client = open(peer.url(), cancellable.get(), std::chrono::seconds(120));
    ASSERT_TRUE(client);
    const std::vector<std::uint8_t> message(1 << 20);
    std::thread canceller([&] { g_cancellable_cancel(cancellable.get()); });
    std::optional<Error> error;
    for (int i = 0; i < 100 && !error; ++i) // more than the kernel takes
        error = (*client)->send(message);
    canceller.join();
    EXPECT_TRUE(error);
    *client = nullptr;
    gone.set_value();
}

} // namespace
} // namespace lm::ws
