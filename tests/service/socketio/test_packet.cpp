#include "service/socketio/decoder.hpp"

#include <gtest/gtest.h>

namespace lm::socketio {
namespace {

using Texts = std::vector<std::string>;

/// What goes over the wire, one text for each message.
Texts wire(const Encoded& encoded) {
    Texts texts;
    for (const auto& part : encoded)
        texts.emplace_back(part->packet());
    return texts;
}

TEST(SocketPacket, ReadsConnects) {
    EXPECT_EQ(decode("0")->space, "/");
    EXPECT_EQ(decode(R"(0{"token":"x"})")->payload, R"({"token":"x"})");
    EXPECT_EQ(decode("0/custom")->space, "/custom"); // the comma may be missing
    const auto packet = decode(R"(0/a?x=1,{"b":2})");
    EXPECT_EQ(packet->space, "/a?x=1"); // since version 5 a query is part of the name
    EXPECT_EQ(packet->payload, R"({"b":2})");
}

TEST(SocketPacket, ReadsEventsAndAcks) {
    const auto event = decode(R"(2/custom,17["name",{"a": 1.0},"x"])");
    EXPECT_EQ(event->type, Type::Event);
    EXPECT_EQ(event->space, "/custom");
    EXPECT_EQ(event->id, 17U);
    EXPECT_EQ(event->elements, (Texts{R"("name")", R"({"a": 1.0})", R"("x")"}));
    EXPECT_EQ(decode("312[]")->id, 12U);
    EXPECT_EQ(decode("2[5]")->elements, Texts{"5"});
    EXPECT_EQ(decode(R"(51-["a",{"_placeholder":true,"num":0}])")->attachments, 1U);
}

TEST(SocketPacket, RefusesWhatBreaksARule) {
    for (const char* wrong : {"",
                              "7",
                              "a",
                              "0[]",
                              "0\"a\"",

                              "0{",
                              "1{}",
                              "1[]",
                              "2",
                              "2{}",
                              "2[]",
                              "2[{}]",
                              "2[null]",
                              "2[true]",
                              "2abc",
                              R"(2["a")",
                              R"(2["connect"])",
                              R"(2["connect_error"])",
                              R"(2["disconnect"])",
                              R"(2["disconnecting"])",
                              R"(2["newListener"])",
                              R"(2["removeListener"])",
                              R"(2["\u0063onnect"])",
                              "3[]",
                              "31",
                              "31{}",
                              R"(5["a"])",
                              R"(50-["a"])",
                              R"(511-["a"])",
                              R"(51["a"])",
                              R"(5-["a"])",
                              R"(5-1-["a"])",
                              R"(51-["a",{"_placeholder":true,"num":1}])",
                              R"(299999999999999999999999["a"])"})
        EXPECT_FALSE(decode(wrong)) << wrong;
}

TEST(SocketPacket, WritesWhatTheReferenceWrites) {
    EXPECT_EQ(wire(encodeEvent("/", "hey", {{"1", R"({"a":"b"})"}})), Texts{R"(42["hey",1,{"a":"b"}])"});
    EXPECT_EQ(wire(encodeEvent("/custom", "hey", {}, 3)), Texts{R"(42/custom,3["hey"])"});
    EXPECT_EQ(wire(encodeAck("/", 4, {{"1", "2"}})), Texts{"434[1,2]"});
    EXPECT_EQ(wire(encodePlain(Type::Connect, "/", R"({"sid":"x"})")), Texts{R"(40{"sid":"x"})"});
    EXPECT_EQ(wire(encodePlain(Type::Disconnect, "/custom")), Texts{"41/custom,"});
    const Values binary{{R"({"_placeholder":true,"num":0})"}, {engineio::Outgoing::binary("\x01\x02")}};
    EXPECT_EQ(wire(encodeEvent("/", "b", binary)),
              (Texts{R"(451-["b",{"_placeholder":true,"num":0}])", "\x01\x02"}));
    EXPECT_EQ(wire(encodeAck("/custom", 7, binary)),
              (Texts{R"(461-/custom,7[{"_placeholder":true,"num":0}])", "\x01\x02"}));
}

TEST(Decoder, PutsAttachmentsToTheirPacket) {
    Decoder decoder;
    EXPECT_EQ(decoder.text(R"(52-["b",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])"),
              Decoder::Status::Waiting);
    const std::size_t text = decoder.held();
    EXPECT_GE(text, 3 * sizeof(std::string)) << "what the elements cost, however short they are";
    EXPECT_EQ(decoder.binary("one"), Decoder::Status::Waiting);
    EXPECT_EQ(decoder.held(), text + 3);
    EXPECT_EQ(decoder.binary("two"), Decoder::Status::Complete);
    EXPECT_EQ(decoder.held(), 0U);
    const auto received = decoder.take();
    ASSERT_EQ(received.attachments.size(), 2U);
    EXPECT_EQ(received.attachments[0]->packet(), "one");
    EXPECT_EQ(decoder.text(R"(2["next"])"), Decoder::Status::Complete);
}

TEST(Decoder, KnowsAnAttachmentThatIsMissingOrTooMany) {
    Decoder missing, none;
    EXPECT_EQ(missing.text(R"(51-["b"])"), Decoder::Status::Waiting);
    EXPECT_EQ(missing.text(R"(2["a"])"), Decoder::Status::Broken);
    EXPECT_EQ(none.binary("x"), Decoder::Status::Broken);
}

} // namespace
} // namespace lm::socketio
