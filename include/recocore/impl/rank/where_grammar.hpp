/// The grammar of filters. The one place, with where_parse.hpp, that knows the parser library (PEGTL).
#pragma once

#include <type_traits>

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/limit_depth.hpp>
#include <tao/pegtl/contrib/parse_tree.hpp>
#include <tao/pegtl/contrib/uint8.hpp>

#include <recocore/rank/where.hpp>

namespace recocore::detail::where_grammar {

namespace peg = tao::pegtl;

struct Blank : peg::star<peg::one<' ', '\t', '\n', '\r'>> {};

// Names: also any letter beyond ASCII.
struct NameFirst : peg::sor<peg::ranges<'a', 'z', 'A', 'Z', '_'>, peg::uint8::range<0x80, 0xFF>> {};
struct NameRest : peg::sor<NameFirst, peg::digit> {};
template <char... Letters>
struct Word : peg::seq<peg::istring<Letters...>, peg::not_at<NameRest>> {};

struct And : Word<'a', 'n', 'd'> {};
struct Or : Word<'o', 'r'> {};
struct Not : Word<'n', 'o', 't'> {};
struct In : Word<'i', 'n'> {};
struct Is : Word<'i', 's'> {};
struct Null : peg::sor<Word<'n', 'u', 'l', 'l'>, Word<'n', 'o', 'n', 'e'>> {};
struct True : Word<'t', 'r', 'u', 'e'> {};
struct False : Word<'f', 'a', 'l', 's', 'e'> {};
struct Reserved : peg::sor<And, Or, Not, In, Is, Null, True, False> {};

// What people try: raised with advice.
struct SingleEquals : peg::failure {};
struct Ampersand : peg::failure {};
struct Bar : peg::failure {};
struct Exclamation : peg::failure {};
struct AngleBrackets : peg::failure {};
struct Between : peg::failure {};
struct Like : peg::failure {};
struct NullCompared : peg::failure {};
struct UnknownScope : peg::failure {};
template <class Rule, class Advice>
struct Advise : peg::seq<peg::at<Rule>, peg::raise<Advice>> {};

// Values.
struct Digits : peg::plus<peg::digit> {};
struct NumberEnd : peg::not_at<peg::sor<NameRest, peg::one<'.'>>> {};
struct Number
    : peg::seq<
          peg::sor<peg::seq<Digits, peg::opt<peg::one<'.'>, peg::star<peg::digit>>>, peg::seq<peg::one<'.'>, Digits>>,
          peg::opt<peg::one<'e', 'E'>, peg::opt<peg::one<'+', '-'>>, Digits>, peg::must<NumberEnd>> {};
struct SignedNumber : peg::seq<peg::opt<peg::one<'-'>>, Number> {};
struct Escaped : peg::one<'\'', '"', '\\'> {};
template <char Quote>
struct Inside : peg::star<peg::sor<peg::seq<peg::one<'\\'>, peg::must<Escaped>>, peg::not_one<Quote, '\\'>>> {};
struct SingleEnd : peg::one<'\''> {};
struct DoubleEnd : peg::one<'"'> {};
struct Text : peg::sor<peg::if_must<peg::one<'\''>, Inside<'\''>, SingleEnd>,
                       peg::if_must<peg::one<'"'>, Inside<'"'>, DoubleEnd>> {};
struct Boolean : peg::sor<True, False> {};

struct PlainName : peg::seq<peg::not_at<Reserved>, NameFirst, peg::star<NameRest>> {};
struct QuotedInside : peg::plus<peg::not_one<'`'>> {};
struct QuotedEnd : peg::one<'`'> {};
struct QuotedName : peg::if_must<peg::one<'`'>, QuotedInside, QuotedEnd> {};
struct AnyNameAfterDot : peg::seq<NameFirst, peg::star<NameRest>> {};
struct NameAfterDot : peg::sor<QuotedName, AnyNameAfterDot> {};
struct ItemScope : peg::string<'i', 't', 'e', 'm'> {};
struct UserScope : peg::string<'u', 's', 'e', 'r'> {};
struct Column : peg::sor<peg::seq<peg::sor<ItemScope, UserScope>, peg::one<'.'>, peg::must<NameAfterDot>>, QuotedName,
                         peg::seq<PlainName, peg::sor<Advise<peg::one<'.'>, UnknownScope>, peg::success>>> {};

struct Expression;
struct Sum;
struct CloseParenthesis : peg::one<')'> {};
struct Parenthesis : peg::if_must<peg::seq<peg::one<'('>, Blank>, Expression, CloseParenthesis> {};
struct FunctionName : peg::seq<peg::not_at<Reserved>, NameFirst, peg::star<NameRest>> {};
struct Call : peg::if_must<peg::seq<FunctionName, Blank, peg::one<'('>, Blank>,
                           peg::list_must<Sum, peg::one<','>, peg::one<' ', '\t', '\n', '\r'>>, CloseParenthesis> {};
struct Primary
    : peg::seq<peg::sor<Number, Text, Boolean, Advise<Null, NullCompared>, Parenthesis, Call, Column>, Blank> {};
struct Unary;
struct Negative : peg::if_must<peg::seq<peg::one<'-'>, Blank>, Unary> {};
struct Unary : peg::sor<Negative, Primary> {};
struct Times : peg::one<'*'> {};
struct Over : peg::one<'/'> {};
struct Product : peg::seq<Unary, peg::star<peg::if_must<peg::seq<peg::sor<Times, Over>, Blank>, Unary>>> {};
struct Plus : peg::one<'+'> {};
struct Minus : peg::one<'-'> {};
struct Sum : peg::seq<Product, peg::star<peg::if_must<peg::seq<peg::sor<Plus, Minus>, Blank>, Product>>> {};

// Terms.
struct Equal : peg::string<'=', '='> {};
struct Unequal : peg::string<'!', '='> {};
struct AtMost : peg::string<'<', '='> {};
struct AtLeast : peg::string<'>', '='> {};
struct Less : peg::seq<peg::one<'<'>, peg::not_at<peg::one<'>'>>> {};
struct Above : peg::one<'>'> {};
struct Comparator : peg::sor<Equal, Unequal, AtMost, AtLeast, Less, Above> {};
struct CompareTail : peg::if_must<peg::seq<Comparator, Blank>, Sum> {};
struct IsNot : peg::seq<Not, Blank> {};
struct MissingWord : peg::seq<peg::sor<Null, Word<'m', 'i', 's', 's', 'i', 'n', 'g'>>, Blank> {};
struct IsTail : peg::if_must<peg::seq<Is, Blank>, peg::opt<IsNot>, MissingWord> {};
struct NotIn : peg::seq<Not, Blank> {};
struct Literal : peg::seq<peg::sor<SignedNumber, Text, Boolean>, Blank> {};
struct Comma : peg::seq<peg::one<','>, Blank> {};
struct CloseBracket : peg::one<']'> {};
struct Bracketed
    : peg::if_must<peg::seq<peg::one<'['>, Blank>, Literal, peg::star<peg::if_must<Comma, Literal>>, CloseBracket> {};
struct Tuple : peg::seq<peg::one<'('>, Blank, Literal, peg::star<Comma, Literal>, peg::one<')'>> {};
struct List : peg::sor<Bracketed, Tuple> {};
struct InTarget : peg::sor<peg::seq<List, Blank>, Sum> {};
struct InTail : peg::if_must<peg::seq<peg::opt<NotIn>, In, Blank>, InTarget> {};
struct Tail : peg::sor<CompareTail, IsTail, InTail, Advise<peg::string<'<', '>'>, AngleBrackets>,
                       Advise<peg::one<'='>, SingleEquals>, Advise<Word<'b', 'e', 't', 'w', 'e', 'e', 'n'>, Between>,
                       Advise<Word<'l', 'i', 'k', 'e'>, Like>> {};
struct Comparison : peg::seq<Sum, peg::star<Tail>> {};

// Conditions.
struct Term;
struct NotTerm : peg::if_must<peg::seq<Not, Blank>, Term> {};
struct Term : peg::sor<NotTerm, Advise<peg::one<'!'>, Exclamation>, Comparison> {};
struct All
    : peg::seq<Term, peg::star<peg::sor<peg::if_must<peg::seq<And, Blank>, Term>, Advise<peg::one<'&'>, Ampersand>>>> {
};
struct Any : peg::seq<All, peg::star<peg::sor<peg::if_must<peg::seq<Or, Blank>, All>, Advise<peg::one<'|'>, Bar>>>> {};
struct Expression : peg::seq<Any> {};
struct End : peg::eof {};
struct Filter : peg::seq<Blank, peg::must<Expression, End>> {};

// Messages: what was expected. Only where a rule must match.
template <class Rule>
inline constexpr const char* message = nullptr;
template <>
inline constexpr auto message<Expression> = "a condition is expected here, such as price < 80";
template <>
inline constexpr auto message<Term> = "a condition is expected here, such as price < 80";
template <>
inline constexpr auto message<All> = "a condition is expected here, such as price < 80";
template <>
inline constexpr auto message<Sum> = "a value is expected here: a column, a number or text in quotes";
template <>
inline constexpr auto message<Product> = message<Sum>;
template <>
inline constexpr auto message<Unary> = message<Sum>;
template <>
inline constexpr auto message<End> = "a comparison, 'and', 'or' or the end is expected here";
template <>
inline constexpr auto message<CloseParenthesis> = "a ')' is expected here";
template <>
inline constexpr auto message<CloseBracket> = "a ',' or the ']' that ends the list is expected here";
template <>
inline constexpr auto message<Literal> = "a number, text in quotes, true or false is expected here, in the list";
template <>
inline constexpr auto message<InTarget> = "a list such as ['a', 'b'] or a column of labels is expected here";
template <>
inline constexpr auto message<MissingWord> = "'missing' or 'not missing' is expected here, after 'is'";
template <>
inline constexpr auto message<NumberEnd> =
    "a number ends here; what begins with a digit and is a column's name goes into `backticks`";
template <>
inline constexpr auto message<Escaped> = "after a backslash only ', \" or another backslash may stand";
template <>
inline constexpr auto message<Inside<'\''>> = "text is expected here";
template <>
inline constexpr auto message<Inside<'"'>> = "text is expected here";
template <>
inline constexpr auto message<SingleEnd> = "the text is not closed: a ' is expected here";
template <>
inline constexpr auto message<DoubleEnd> = "the text is not closed: a \" is expected here";
template <>
inline constexpr auto message<QuotedInside> = "a column's name is expected between the backticks";
template <>
inline constexpr auto message<QuotedEnd> = "the name is not closed: a ` is expected here";
template <>
inline constexpr auto message<NameAfterDot> = "a column's name is expected here, after the dot";
template <>
inline constexpr auto message<SingleEquals> = "'=' is no comparison; did you mean '=='?";
template <>
inline constexpr auto message<Ampersand> = "conditions are joined by words; did you mean 'and'?";
template <>
inline constexpr auto message<Bar> = "conditions are joined by words; did you mean 'or'?";
template <>
inline constexpr auto message<Exclamation> = "a condition is negated by a word; did you mean 'not'?";
template <>
inline constexpr auto message<AngleBrackets> = "'<>' is no comparison; did you mean '!='?";
template <>
inline constexpr auto message<Between> = "there is no 'between'; write 10 <= price <= 20";
template <>
inline constexpr auto message<Like> = "there is no 'like'; 'part' in title says whether a text contains another";
template <>
inline constexpr auto message<NullCompared> =
    "nothing can be compared with a missing value; did you mean 'is missing' or 'is not missing'?";
template <>
inline constexpr auto message<UnknownScope> =
    "only 'item' and 'user' may stand before a dot; a name that has one goes into `backticks`";

struct Messages {
  template <class Rule>
  // NOLINTNEXTLINE(readability-identifier-naming)
  static constexpr const char* message = where_grammar::message<Rule>;
  template <class Rule>
  static constexpr bool raise_on_failure = false;
};
template <class Rule>
using Control = peg::must_if<Messages, peg::normal, false>::control<Rule>;

/// A parenthesis is a new expression, term and operand.
using Deep = peg::limit_depth<3 * Where::max_depth>;
template <class Rule>
struct Limit : peg::nothing<Rule> {};
template <>
struct Limit<Expression> : Deep {};
template <>
struct Limit<Term> : Deep {};
template <>
struct Limit<Unary> : Deep {};

/// What becomes a node. One with a single child gives way to it, where that says the same.
template <class Rule>
using Kept = peg::parse_tree::selector<
    Rule,
    peg::parse_tree::store_content::on<Number, SignedNumber, Text, Boolean, PlainName, QuotedInside, AnyNameAfterDot,
                                       ItemScope, UserScope, FunctionName, Column, Call, Negative, Times, Over, Plus,
                                       Minus, Equal, Unequal, AtMost, AtLeast, Less, Above, CompareTail, IsNot, IsTail,
                                       NotIn, List, InTail, NotTerm>,
    peg::parse_tree::fold_one::on<Product, Sum, Comparison, All, Any>>;

}  // namespace recocore::detail::where_grammar
