#include "service/exports/heading.hpp"

#include <gtest/gtest.h>

namespace lm::exports {
namespace {

using namespace std::string_literals;
using std::chrono::seconds;

/// An EBML head, a segment of unknown length, and its info with five bytes in it.
const std::string file = "\x1a\x45\xdf\xa3\x80"
                         "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
                         "\x15\x49\xa9\x66\x01\x00\x00\x00\x00\x00\x00\x05"
                         "\x4d\x80\x82xy and what follows"s;
const std::string said = "\x1a\x45\xdf\xa3\x80"
                         "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
                         "\x15\x49\xa9\x66\x01\x00\x00\x00\x00\x00\x00\x24"
                         "\x44\x89\x01\x00\x00\x00\x00\x00\x00\x08\x40\x9f\x40\x00\x00\x00\x00\x00"
                         "\x7b\xa9\x01\x00\x00\x00\x00\x00\x00\x03"
                         "RM1"
                         "\x4d\x80\x82xy and what follows"s;

TEST(Heading, SaysTheLengthInMillisecondsAndTheTitle) {
    Heading heading(seconds(2), "RM1");
    EXPECT_EQ(heading.pass(file), said);
    EXPECT_EQ(heading.pass(file), file) << "once";
}

TEST(Heading, FindsItsPlaceInPieces) {
    Heading heading(seconds(2), "RM1");
    std::string all;
    for (const char byte : file)
        all += heading.pass({&byte, 1});
    EXPECT_EQ(all, said);
}

TEST(Heading, SaysNothingOfALengthThatIsNotKnown) {
    EXPECT_EQ(Heading(seconds(0), "").pass(file), file);
}

TEST(Heading, LetsWhatItDoesNotKnowPass) {
    Heading heading(seconds(2), "RM1");
    const std::string text(10'000, 'x');
    EXPECT_EQ(heading.pass(text), text);
    std::string shorter = file;
    shorter[21] = '\x85'; // a length of one byte
    EXPECT_EQ(Heading(seconds(2), "RM1").pass(shorter), shorter);
}

} // namespace
} // namespace lm::exports
