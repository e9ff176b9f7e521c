using System.Globalization;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Tells whether two names look the same and differ in their Unicode form alone: "é" may be one character, or an "e" and an
/// accent. Without the tables of normalization, which .NET takes from a library that not every machine has: where one name
/// has one character, the other must have one with marks behind it.
/// </summary>
internal static class UnicodeForms
{
    /// <summary>True when the names differ, but nobody would see it.</summary>
    public static bool LookTheSame(string one, string other)
    {
        var (left, right) = (Letters(one), Letters(other));
        return one != other && left.Count == right.Count && left.Zip(right).All(pair => LooksTheSame(pair.First, pair.Second));
    }

    private static bool LooksTheSame(Letter one, Letter other) => one.Text == other.Text
        || (one.Marks > other.Marks ? !other.Base.IsAscii : one.Marks < other.Marks && !one.Base.IsAscii);

    private static List<Letter> Letters(string name)
    {
        var starts = StringInfo.ParseCombiningCharacters(name);
        return [.. starts.Select((start, i) => new Letter(name[start..(i + 1 < starts.Length ? starts[i + 1] : name.Length)]))];
    }

    private readonly record struct Letter(string Text)
    {
        public Rune Base => Text.EnumerateRunes().First();

        public int Marks => Text.EnumerateRunes().Count() - 1;
    }
}
