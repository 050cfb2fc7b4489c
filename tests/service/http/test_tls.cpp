#include "plugins/common/websocket/upgrade.hpp"
#include "service/http/handshakes.hpp"
#include "service/http/hello.hpp"
#include "tests/service/http/frontfixture.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <glib/gstdio.h>

#include <optional>
#include <thread>

namespace lm::http {
namespace {

using test::get;

/// A front with a certificate that openssl makes for the test.
class Tls : public FrontTest {
protected:
    void SetUp() override {
        settings_.certificateFile = make("one");
        settings_.keyFile = directory_ + "/one.key";
        settings_.headerTimeoutMs = settings_.requestTimeoutMs = 120'000; // a sanitised client is slow
    }
    void TearDown() override { front_.reset(); }
    std::string make(const std::string& name) {
        const std::string base = directory_ + '/' + name;
        const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                    "-days 2 -subj /CN=localhost "
                                    "-keyout " +
                                    base + ".key -out " + base + ".pem";
        gint status = -1;
        g_spawn_command_line_sync(command.c_str(), nullptr, nullptr, &status, nullptr);
        EXPECT_EQ(status, 0) << command;
        return base + ".pem";
    }
    /// The answer of a TLS client that trusts everybody; empty when there was none.
    std::string askSecurely(const std::string& request, const std::function<void()>& meanwhile = {}) {
        struct Client {
            std::string request, answer;
            bool over = false;
        } client{request, {}, false};
        auto soup = Ref<GSocketClient>::adopt(g_socket_client_new());
        const auto address =
            Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string("127.0.0.1", front_->port()));
        std::thread thread([&] {
            const auto plain = Ref<GIOStream>::adopt(G_IO_STREAM(
                g_socket_client_connect(soup.get(), G_SOCKET_CONNECTABLE(address.get()), nullptr, nullptr)));
            if (plain) {
                const auto tls =
                    Ref<GIOStream>::adopt(g_tls_client_connection_new(plain.get(), nullptr, nullptr));
                g_signal_connect(tls.get(), "accept-certificate",
                                 G_CALLBACK(+[](GTlsConnection*, GTlsCertificate*, GTlsCertificateFlags,
                                                gpointer) -> gboolean { return TRUE; }),
                                 nullptr);
                GOutputStream* out = g_io_stream_get_output_stream(tls.get());
                GInputStream* in = g_io_stream_get_input_stream(tls.get());
                g_output_stream_write_all(out, client.request.data(), client.request.size(), nullptr, nullptr,
                                          nullptr);
                char buffer[4096];
                for (gssize n; (n = g_input_stream_read(in, buffer, sizeof buffer, nullptr, nullptr)) > 0;)
                    client.answer.append(buffer, static_cast<std::size_t>(n));
            }
            g_main_context_invoke(
                nullptr,
                [](gpointer over) -> gboolean {
                    *static_cast<bool*>(over) = true;
                    return G_SOURCE_REMOVE;
                },
                &client.over);
        });
        EXPECT_TRUE(test::eventually([&] {
            if (meanwhile) meanwhile();
            return client.over;
        }));
        thread.join();
        return client.answer;
    }

    const lm::test::TemporaryDirectory temporary_;
    const std::string directory_ = temporary_.path();
};

const std::string halfHello("\x16\x03\x01\x02\x00\x01\x00", 7);

TEST_F(Tls, ServesAndRefusesThroughTheSecuredStream) {
    settings_.maxBodyBytes = 10;
    open();
    EXPECT_TRUE(front_->url().starts_with("https://"));
    EXPECT_NE(askSecurely(get("/thing")).find("thing"), std::string::npos);
    EXPECT_NE(
        askSecurely("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n").find("body_too_large"),
        std::string::npos);
    EXPECT_TRUE(idle());
}

TEST_F(Tls, ReadsTheHeadBeforeLibsoupDoes) {
    open();
    for (const char* field : {"Content-Length: x\r\n", "Transfer-Encoding: x\r\n"})
        EXPECT_NE(askSecurely(get('/' + std::string(50'000, 'p'), field)).find(R"({"error":{"code":")"),
                  std::string::npos)
            << field;
    EXPECT_NE(askSecurely("GET /" + std::string(60'000, 'p')).find("uri_too_long"), std::string::npos);
    EXPECT_TRUE(idle());
}

TEST_F(Tls, HalfAHeadIsCutAtItsDeadline) {
    settings_.headerTimeoutMs = 300; // from accept, so the handshake is in it
    open();
    EXPECT_EQ(askSecurely("GET /thing HTTP/1.1\r\nHost: localhost\r\n"), "");
    EXPECT_TRUE(idle());
    EXPECT_EQ(front_->stats().headerTimeouts, 1u);
}

TEST_F(Tls, WhatIsGluedToAnUpgradeIsReadOnceAndWhole) {
    open();
    std::string glued, read;
    for (int i = 0; i < 6'000; ++i)
        glued += std::to_string(i);
    const std::string answer = askSecurely(test::upgradeRequest("/socket") + glued, [&] {
        if (upgraded_.empty()) return;
        auto* stream = upgraded_[0].get();
        EXPECT_FALSE(ws::isPlain(stream));
        EXPECT_GE(ws::descriptorOf(stream), 0);
        char buffer[1000];
        for (gssize n; (n = g_pollable_input_stream_read_nonblocking(
                            G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream)), buffer,
                            sizeof buffer, nullptr, nullptr)) > 0;)
            read.append(buffer, static_cast<std::size_t>(n));
        if (read.size() >= glued.size()) upgraded_.clear(); // closes it
    });
    EXPECT_NE(answer.find("101 Switching Protocols"), std::string::npos);
    EXPECT_EQ(read, glued);
}

TEST_F(Tls, WhoSaysNoHelloIsCutAtTheDeadlineOfAHeader) {
    settings_.headerTimeoutMs = 20;
    open();
    for (const std::string& start : {std::string(), halfHello.substr(0, 3), halfHello}) {
        auto c = client();
        if (!start.empty()) {
            ASSERT_TRUE(c.send(start));
        }
        c.answer();
        EXPECT_TRUE(c.ended());
    }
    EXPECT_TRUE(idle());
    EXPECT_EQ(front_->stats().headerTimeouts, 3u);
    EXPECT_EQ(front_->stats().failedHandshakes, 3u);
}

TEST_F(Tls, HelloThatNeverEndsIsCountedAsAConnection) {
    settings_.maxConnections = 1;
    options_.listener.refuseAfter = std::chrono::hours(1);
    open();
    auto first = client();
    ASSERT_TRUE(first.send(halfHello));
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
    auto second = client();
    ASSERT_TRUE(second.send(halfHello));
    for (int i = 0; i < 100; ++i)
        g_main_context_iteration(nullptr, FALSE);
    EXPECT_EQ(front_->stats().accepted, 1u);
    first.close();
    ASSERT_TRUE(test::eventually([this] { return front_->stats().accepted == 2; }));
    second.close();
    EXPECT_NE(askSecurely(get("/thing")).find("thing"), std::string::npos);
}

TEST_F(Tls, WhatIsNoHelloIsClosedAtOnce) {
    open();
    for (const std::string& garbage :
         {std::string(5, '\0'), std::string("\x16\x03\x01\xff\xff"), std::string("\x17\x03\x03\x00\x10", 5),
          std::string("\x16\x03\x01\x00\x00", 5)}) {
        auto c = client();
        ASSERT_TRUE(c.send(garbage));
        EXPECT_EQ(c.answer(), "");
        EXPECT_TRUE(c.ended());
    }
    auto c = client();
    ASSERT_TRUE(c.send(get("/thing")));
    EXPECT_NE(c.answer().find("tls_required"), std::string::npos);
    EXPECT_TRUE(idle());
}

TEST_F(Tls, AFrontCanGoWhileHandshakesAreUnderWay) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(halfHello));
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
    front_.reset();
    EXPECT_EQ(c.answer(), "");
}

TEST_F(Tls, ReloadKeepsTheOldCertificateWhenTheNewOneIsWrong) {
    auto certificate = Certificate::load(settings_.certificateFile, settings_.keyFile);
    ASSERT_TRUE(certificate) << certificate.error().message;
    GTlsCertificate* before = (*certificate)->current();
    EXPECT_FALSE((*certificate)->expires().empty());
    make("two");
    std::filesystem::copy_file(directory_ + "/two.key", settings_.keyFile,
                               std::filesystem::copy_options::overwrite_existing);
    const auto error = (*certificate)->reload();
    ASSERT_TRUE(error) << "the key of another certificate";
    EXPECT_NE(error->message.find(settings_.keyFile), std::string::npos);
    EXPECT_EQ((*certificate)->current(), before);
    std::filesystem::copy_file(directory_ + "/two.pem", settings_.certificateFile,
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_FALSE((*certificate)->reload());
    EXPECT_NE((*certificate)->current(), before);
}

/// Both ends of a connection over loopback.
struct Ends {
    Ends() {
        auto listener = Ref<GSocketListener>::adopt(g_socket_listener_new());
        const guint16 port = g_socket_listener_add_any_inet_port(listener.get(), nullptr, nullptr);
        client = std::make_unique<test::RawClient>(port);
        server = Ref<GSocketConnection>::adopt(
            g_socket_listener_accept(listener.get(), nullptr, nullptr, nullptr));
        g_socket_set_blocking(g_socket_connection_get_socket(server.get()), FALSE);
    }
    std::unique_ptr<test::RawClient> client;
    Ref<GSocketConnection> server;
};

TEST_F(Tls, WhileAnotherAddressWaitsAStuckHandshakeIsGivenUp) {
    auto certificate = Certificate::load(settings_.certificateFile, settings_.keyFile);
    ASSERT_TRUE(certificate);
    Handshakes handshakes(1, std::chrono::milliseconds(20));
    Ends stuck, waiting;
    int given = 0;
    const auto done = [&](Ref<GIOStream> secured) {
        EXPECT_FALSE(secured);
        ++given;
    };
    handshakes.start(stuck.server, "192.0.2.1", Ref<GTlsCertificate>::share((*certificate)->current()), done);
    handshakes.start(waiting.server, "192.0.2.2", Ref<GTlsCertificate>::share((*certificate)->current()),
                     done);
    ASSERT_TRUE(test::eventually([&] { return given == 1; })) << "the stuck one makes room";
    EXPECT_EQ(stuck.client->answer(), "");
    waiting.client->close();
    EXPECT_TRUE(test::eventually([&] { return given == 2; }));
}

TEST(Hello, IsSeenWhenItsLastByteHasCome) {
    Ends ends;
    std::optional<Hello::Kind> seen;
    Hello hello(g_socket_connection_get_socket(ends.server.get()), [&](Hello::Kind kind) { seen = kind; });
    const std::string record = std::string("\x16\x03\x01\x01\x00", 5) + std::string(256, 'x');
    for (const std::string& piece : {record.substr(0, 2), record.substr(2, 3), record.substr(5, 255)}) {
        ASSERT_TRUE(ends.client->send(piece));
        for (int i = 0; i < 20; ++i)
            g_main_context_iteration(nullptr, FALSE);
        EXPECT_FALSE(seen);
    }
    ASSERT_TRUE(ends.client->send(record.substr(260)));
    ASSERT_TRUE(test::eventually([&] { return seen.has_value(); }));
    EXPECT_EQ(*seen, Hello::Kind::Tls);
}

} // namespace
} // namespace lm::http
