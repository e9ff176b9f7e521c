using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The double's select language, on the sample data and with the results that AWS's Developer Guide gives.</summary>
public sealed class SimpleDbSelectTests
{
    private static readonly string[][] Sample =
    [
        ["0385333498", "Title=The Sirens of Titan", "Author=Kurt Vonnegut", "Year=1959", "Pages=00336", "Keyword=Book",
            "Keyword=Paperback", "Rating=*****", "Rating=5 stars", "Rating=Excellent"],
        ["0802131786", "Title=Tropic of Cancer", "Author=Henry Miller", "Year=1934", "Pages=00318", "Keyword=Book", "Rating=****"],
        ["1579124585", "Title=The Right Stuff", "Author=Tom Wolfe", "Year=1979", "Pages=00304", "Keyword=Book",
            "Keyword=Hardcover", "Keyword=American", "Rating=****", "Rating=4 stars"],
        ["B000T9886K", "Title=In Between", "Author=Paul Van Dyk", "Year=2007", "Keyword=CD", "Keyword=Trance", "Rating=4 stars"],
        ["B00005JPLW", "Title=300", "Author=Zack Snyder", "Year=2007", "Keyword=DVD", "Keyword=Action", "Keyword=Frank Miller",
            "Rating=***", "Rating=3 stars", "Rating=Not bad"],
        ["B000SF3NGK", "Title=Heaven's Gonna Burn Your Eyes", "Author=Thievery Corporation", "Year=2002", "Rating=*****"],
    ];

    [Theory]
    [InlineData("where Title = 'The Right Stuff'", "1579124585")]
    [InlineData("where Year > '1985'", "B000T9886K B00005JPLW B000SF3NGK")]
    [InlineData("where Rating like '****%'", "0385333498 1579124585 0802131786 B000SF3NGK")]
    [InlineData("where Pages < '00320'", "1579124585 0802131786")]
    [InlineData("where Year > '1975' and Year < '2008'", "1579124585 B000T9886K B00005JPLW B000SF3NGK")]
    [InlineData("where Year between '1975' and '2008'", "1579124585 B000T9886K B00005JPLW B000SF3NGK")]
    [InlineData("where Rating = '***' or Rating = '*****'", "0385333498 B00005JPLW B000SF3NGK")]
    [InlineData(
        "where (Year > '1950' and Year < '1960') or Year like '193%' or Year = '2007'",
        "0385333498 0802131786 B000T9886K B00005JPLW")]
    [InlineData("where Rating = '4 stars' or Rating = '****'", "1579124585 0802131786 B000T9886K")]
    [InlineData("where Keyword = 'Book' and Keyword = 'Hardcover'", "")]
    [InlineData("where every(Keyword) in ('Book', 'Paperback')", "0385333498 0802131786")]
    [InlineData("where Keyword = 'Book' intersection Keyword = 'Hardcover'", "1579124585")]
    [InlineData("where Rating = '****'", "0802131786 1579124585")]
    [InlineData("where every(Rating) = '****'", "0802131786")]
    [InlineData("where Pages is null", "B000T9886K B00005JPLW B000SF3NGK")]
    [InlineData("where Keyword is not null and not Year < '2000'", "B000T9886K B00005JPLW")]
    [InlineData("where Title = 'Heaven''s Gonna Burn Your Eyes'", "B000SF3NGK")]
    [InlineData("where `Title` = \"Heaven's Gonna Burn Your Eyes\"", "B000SF3NGK")]
    [InlineData("where Title like '%Right%' or Title not like '%e%'", "1579124585 B00005JPLW")]
    [InlineData("where itemName() like 'B000%' and Year != '2007'", "B000SF3NGK")]
    [InlineData("WHERE itemName() IN ('0802131786', 'unknown')", "0802131786")]
    public void Conditions_find_what_the_guide_says(string where, string expected) =>
        Find($"select itemName() from mydomain {where}").Order(StringComparer.Ordinal)
            .ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("where Year < '1980' order by Year asc", "0802131786 0385333498 1579124585")]
    [InlineData("where Year < '1980' order by Year", "0802131786 0385333498 1579124585")]
    [InlineData("where Year = '2007' intersection Author is not null order by Author desc", "B00005JPLW B000T9886K")]
    [InlineData("where Year < '1980' order by Year limit 2", "0802131786 0385333498")]
    [InlineData("where itemName() like 'B000%' order by itemName() desc", "B000T9886K B000SF3NGK B00005JPLW")]
    public void Orders_are_those_of_the_guide(string rest, string expected) =>
        string.Join(' ', Find($"select itemName() from mydomain {rest}")).ShouldBe(expected);

    [Theory]
    [InlineData("select * from mydomain where Year < '1980' order by Title", "InvalidSortExpression")]
    [InlineData("select * from mydomain where Year is null order by Year", "InvalidSortExpression")]
    [InlineData("select * from mydomain where Year < 1980", "InvalidQueryExpression")]
    [InlineData("select * from my-domain", "InvalidQueryExpression")]
    [InlineData("select * from mydomain limit 2501", "InvalidQueryExpression")]
    [InlineData("select * from mydomain where order = '1'", "InvalidQueryExpression")]
    [InlineData("select * from mydomain where Year = 'it's'", "InvalidQueryExpression")]
    public void What_the_guide_forbids_is_refused(string expression, string code) =>
        Should.Throw<SdbFault>(() => Find(expression)).Code.ShouldBe(code);

    [Fact]
    public void More_than_20_comparisons_are_refused() =>
        Should.Throw<SdbFault>(() => Find(
            $"select * from mydomain where {string.Join(" or ", Enumerable.Range(0, 21).Select(i => $"a = '{i}'"))}"))
            .Code.ShouldBe("InvalidNumberPredicates");

    [Fact]
    public void Pages_hold_every_item_once()
    {
        var run = new SelectRun(pageItems: 2, pageBytes: 1 << 20);
        const string Expression = "select Title from mydomain where Year > '0' order by Year desc limit 4";
        var query = SelectParser.Parse(Expression);
        var found = new List<string>();
        string? next = null;
        do
        {
            var page = run.Page(Expression, query, Data().Read("mydomain", isConsistent: true), next);
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            found.AddRange(page.Items.Select(item => item.Name));
            next = page.NextToken;
        }
        while (next is not null);

        found.ShouldBe(["B000T9886K", "B00005JPLW", "B000SF3NGK", "1579124585", "0385333498", "0802131786"]);
    }

    private static IEnumerable<string> Find(string expression)
    {
        var query = SelectParser.Parse(expression);
        var items = Data().Read(query.Domain, isConsistent: true);
        return new SelectRun(2500, 1 << 20).Page(expression, query, items, nextToken: null).Items.Select(item => item.Name);
    }

    private static SdbData Data()
    {
        var data = new SdbData(TimeProvider.System, TimeSpan.Zero);
        data.Create("mydomain");
        data.Put(
            "mydomain",
            [
                .. Sample.Select(item => (item[0], item.Skip(1).Select(pair => pair.Split('=', 2))
                    .Select(pair => new SdbGivenAttribute(pair[0], pair[1], Replace: false)).ToList())),
            ],
            expectation: null);
        return data;
    }
}
