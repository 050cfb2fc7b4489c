#include "service/autoegress/reason.hpp"

#include <gtest/gtest.h>

namespace lm::autoegress {
namespace {

using livekit::Egress;
using livekit::EgressStatus;

std::string reason(const std::string& error, const std::string& details = "End reason: Failure") {
    Egress egress;
    egress.status = EgressStatus::Failed;
    egress.error = error;
    egress.details = details;
    return endReason(egress);
}

TEST(Reason, SaysWhatLiveKitMeans) {
    EXPECT_NE(reason("websocket: bad handshake").find("was not let in"), std::string::npos);
    EXPECT_NE(
        reason("dial tcp 127.0.0.1:3001: connect: connection refused").find("cannot reach EGRESS_PUBLIC_URL"),
        std::string::npos);
    EXPECT_NE(reason("tls: failed to verify certificate: x509: unknown authority").find("certificate"),
              std::string::npos);
    EXPECT_NE(reason("write tcp a->b: write: broken pipe").find("connection from LiveKit's egress broke"),
              std::string::npos);
    EXPECT_NE(reason("track TR_1 not found").find("track was gone"), std::string::npos);
    EXPECT_NE(reason("format websocket incompatible with codec video/vp8").find("codec"), std::string::npos);
}

TEST(Reason, RepeatsWhatItDoesNotKnowWithoutSecrets) {
    EXPECT_EQ(reason("something new ws://h/p?token=SECRET"),
              "LiveKit's egress failed: something new ws://h/p?...");
    EXPECT_EQ(reason("", ""), "LiveKit's egress failed without saying why");
    EXPECT_EQ(reason("dial ws://h/p?token=SECRET: connection refused").find("SECRET"), std::string::npos);
}

TEST(Reason, TellsAStopFromAnEnd) {
    Egress egress;
    EXPECT_EQ(endReason(egress), "");
    egress.status = EgressStatus::Complete;
    egress.details = "End reason: Source closed";
    EXPECT_FALSE(wasStopped(egress));
    egress.details = "End reason: StopEgress API";
    EXPECT_TRUE(wasStopped(egress));
    egress.status = EgressStatus::LimitReached;
    EXPECT_NE(endReason(egress).find("limit"), std::string::npos);
}

} // namespace
} // namespace lm::autoegress
