using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Kimi.PowerShell.Tests.Contract;

/// <summary>What scripts see: flat immutable objects, each with a view.</summary>
public sealed class EventTests
{
    private static readonly Type[] s_plain =
    [
        typeof(string), typeof(int), typeof(long), typeof(double), typeof(decimal), typeof(bool), typeof(DateTime), typeof(TimeSpan), typeof(string[]),
    ];

    /// <summary>Small objects of our own that an event may hold; each reads well as text.</summary>
    private static readonly Type[] s_parts = [typeof(TokenUsage), typeof(ToolCallInfo[]), typeof(TurnEvent), typeof(IDictionary), typeof(object)];

    public static TheoryData<string> Emitted =>
        [.. typeof(TurnEvent).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(TurnEvent)) && !t.IsAbstract).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Emitted))]
    public void The_class_is_named_after_its_kind(string name)
    {
        Type type = Find(name);
        TurnEvent item = (TurnEvent)RuntimeHelpers.GetUninitializedObject(type);
        Assert.Equal(item.Kind switch { "Result" => "TurnResult", "SubagentEvent" => "SubagentEvent", string kind => kind + "Event" }, name);
        Assert.True(type.IsSealed);
    }

    [Theory]
    [MemberData(nameof(Emitted))]
    public void Properties_are_plain_and_cannot_be_set_later(string name)
    {
        foreach (PropertyInfo property in Find(name).GetProperties())
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            Assert.True(s_plain.Contains(type) || s_parts.Contains(type), $"{name}.{property.Name} is a {type}");
            Assert.True(
                property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)),
                $"{name}.{property.Name} can be set");
        }
    }

    [Fact]
    public void Every_emitted_type_has_a_view_here_and_after_it_crossed_a_process()
    {
        HashSet<string> views = [.. XDocument.Load(Path.Join(Repository.ModuleSource, "Kimi.Format.ps1xml")).Descendants("TypeName").Select(e => e.Value)];
        IEnumerable<Type> emitted = CmdletCatalog.All
            .SelectMany(c => c.Outputs)
            .Concat(Emitted.Select(row => Find(row.Data)))
            .Where(t => t.Assembly == typeof(TurnEvent).Assembly);
        foreach (Type type in emitted)
        {
            List<string> names = [];
            for (Type? t = type; t is not null; t = t.BaseType) { names.Add(t.FullName!); }
            Assert.Contains(names, views.Contains);
            Assert.Contains(names, n => views.Contains("Deserialized." + n));
        }
    }

    [Fact]
    public void Tables_have_at_most_five_columns_that_fit_and_the_widest_comes_last()
    {
        foreach (XElement table in XDocument.Load(Path.Join(Repository.ModuleSource, "Kimi.Format.ps1xml")).Descendants("TableControl"))
        {
            XElement[] columns = [.. table.Descendants("TableColumnHeader")];
            Assert.InRange(columns.Length, 1, 5);
            if (table.Element("AutoSize") is not null)
            {
                // As wide as what it shows, the last column giving way: names are not cut.
                Assert.All(columns, c => Assert.Null(c.Element("Width")));
                continue;
            }

            Assert.All(columns[..^1], c => Assert.NotNull(c.Element("Width")));
            Assert.Null(columns[^1].Element("Width"));
            Assert.InRange(columns[..^1].Sum(c => (int)c.Element("Width")! + 1), 0, 70);
        }
    }

    private static Type Find(string name) => typeof(TurnEvent).Assembly.GetType("Kimi." + name)!;
}
