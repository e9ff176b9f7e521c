using System.Globalization;
using System.Text;

namespace MediaNommer.Bench.Fleet;

/// <summary>One line of a panel.</summary>
/// <param name="Name">What the legend says.</param>
/// <param name="Color">As SVG writes it.</param>
/// <param name="Values">One for each moment.</param>
internal sealed record SvgLine(string Name, string Color, IReadOnlyList<double> Values);

/// <summary>Panels below each other with time from left to right, as SVG.</summary>
internal sealed class SvgChart(string title, IReadOnlyList<double> times)
{
    private const double Left = 64, Right = 20, Top = 80, Width = 860, PanelHeight = 150, Gap = 46, Ticks = 5;

    private readonly StringBuilder panels = new();
    private readonly List<SvgLine> legend = [];
    private double y = Top;

    /// <summary>Adds a panel.</summary>
    public void Add(string caption, IReadOnlyList<SvgLine> lines)
    {
        var step = NiceStep(lines.Max(line => line.Values.Max()));
        var most = step * Math.Ceiling(Math.Max(lines.Max(line => line.Values.Max()), step) / step);
        Text(panels, Left, y - 10, caption, "start", 13);
        for (var value = 0.0; value <= most + (step / 2); value += step)
        {
            Write(panels, $"<line x1='{Left}' x2='{Width - Right}' y1='{YOf(value, most):0.#}' y2='{YOf(value, most):0.#}' stroke='#dde' />\n");
            Text(panels, Left - 6, YOf(value, most) + 4, Number(value), "end", 11);
        }

        foreach (var line in lines)
            Write(panels, $"<path fill='none' stroke='{line.Color}' stroke-width='1.6' d='{PathOf(line.Values, most)}' />\n");
        WriteTimes();
        if (legend.Count == 0)
            legend.AddRange(lines);
        y += PanelHeight + Gap;
    }

    /// <summary>The whole drawing.</summary>
    public override string ToString()
    {
        var svg = new StringBuilder();
        Write(svg, $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} {y}' font-family='sans-serif' fill='#223'>\n");
        Write(svg, $"<rect width='{Width}' height='{y}' fill='#fff' />\n");
        Text(svg, Left, 22, title, "start", 15);
        var x = Left;
        foreach (var line in legend)
        {
            Write(svg, $"<line x1='{x}' x2='{x + 22}' y1='39' y2='39' stroke='{line.Color}' stroke-width='3' />\n");
            Text(svg, x + 28, 43, line.Name, "start", 12);
            x += 50 + (7 * line.Name.Length);
        }

        return svg.Append(panels).Append("</svg>\n").ToString();
    }

    private void WriteTimes()
    {
        var minutes = (times[^1] - times[0]) / 60;
        var step = minutes > 300 ? 60 : minutes > 90 ? 30 : minutes > 30 ? 10 : minutes > 12 ? 5 : 2;
        for (var minute = 0; minute <= times[^1] / 60; minute += step)
        {
            var text = step >= 30 ? Invariant($"{minute / 60.0:0.#} h") : $"{minute} min";
            Text(panels, XOf(minute * 60), y + PanelHeight + 15, text, "middle", 11);
        }
    }

    // A value stands until the next: steps, not slopes.
    private string PathOf(IReadOnlyList<double> values, double most)
    {
        var path = new StringBuilder();
        Write(path, $"M{XOf(times[0]):0.#} {YOf(values[0], most):0.#}");
        for (var i = 1; i < values.Count; i++)
        {
            if (values[i] == values[i - 1] && i < values.Count - 1)
                continue;
            Write(path, $"H{XOf(times[i]):0.#}");
            if (values[i] != values[i - 1])
                Write(path, $"V{YOf(values[i], most):0.#}");
        }

        return path.ToString();
    }

    private double XOf(double time) => Left + ((time - times[0]) / (times[^1] - times[0]) * (Width - Left - Right));

    private double YOf(double value, double most) => y + (PanelHeight * (1 - (value / most)));

    // 1, 2 or 5 times a power of ten.
    private static double NiceStep(double most)
    {
        var raw = Math.Max(most, 1e-3) / Ticks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
    }

    private static string Number(double value) => Invariant($"{Math.Round(value, 4):0.###}");

    private static void Text(StringBuilder to, double x, double y, string text, string anchor, int size) =>
        Write(to, $"<text x='{x:0.#}' y='{y:0.#}' font-size='{size}' text-anchor='{anchor}'>{System.Security.SecurityElement.Escape(text)}</text>\n");

    private static void Write(StringBuilder to, FormattableString text) => to.Append(Invariant(text));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
