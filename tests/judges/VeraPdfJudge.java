import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.ErrorDetails;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Judges PDF files as long as its standard input is open.
 *
 * A line asks, flavour and path with a tab between them. The answer is a line for each broken rule (what it is, how often
 * it is broken, where first) and then a line with a full stop; a file that cannot be judged is one fault.
 *
 * The profiles are read here, from the XML in veraPDF's own jar: its reader wants JAXB, which Java no longer has.
 */
public final class VeraPdfJudge {
    private final Map<PDFAFlavour, ValidationProfile> profiles = new EnumMap<>(PDFAFlavour.class);

    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        VeraPdfJudge judge = new VeraPdfJudge();
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever the library prints is no answer
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] question = line.split("\t", 2);
            for (String fault : judge.faults(question[0], question[1])) {
                answers.println(fault.replaceAll("\\s+", " "));
            }
            answers.println(".");
            answers.flush();
        }
    }

    private List<String> faults(String flavourId, String path) {
        try {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(flavourId);
            try (InputStream file = new FileInputStream(path);
                    PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour)) {
                ValidationResult result = Foundries.defaultInstance().createValidator(profile(flavour), false).validate(parser);
                return told(result);
            }
        } catch (Exception | StackOverflowError error) {
            return List.of("not judged: " + error);
        }
    }

    private static List<String> told(ValidationResult result) {
        Map<String, String> first = new LinkedHashMap<>();
        Map<String, Integer> count = new LinkedHashMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                RuleId rule = assertion.getRuleId();
                String name = rule.getSpecification().getId() + " " + rule.getClause() + "-" + rule.getTestNumber();
                first.putIfAbsent(name, assertion.getMessage() + " at " + assertion.getLocation().getContext());
                count.merge(name, 1, Integer::sum);
            }
        }
        List<String> faults = new ArrayList<>();
        first.forEach((name, where) -> faults.add(name + " (" + count.get(name) + " times): " + where));
        if (faults.isEmpty() && !result.isCompliant()) {
            faults.add("not compliant, and no rule is named");
        }
        return faults;
    }

    private ValidationProfile profile(PDFAFlavour flavour) throws Exception {
        if (!profiles.containsKey(flavour)) {
            profiles.put(flavour, read(flavour));
        }
        return profiles.get(flavour);
    }

    private static ValidationProfile read(PDFAFlavour flavour) throws Exception {
        String file = "/org/verapdf/pdfa/validation/" + fileName(flavour);
        try (InputStream xml = PDFAFlavour.class.getResourceAsStream(file)) {
            if (xml == null) {
                throw new IllegalArgumentException("veraPDF has no profile " + file);
            }
            Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml).getDocumentElement();
            Set<Rule> rules = new HashSet<>();
            for (Element rule : children(child(root, "rules"))) {
                rules.add(rule(rule));
            }
            Set<Variable> variables = new HashSet<>();
            for (Element variable : children(child(root, "variables"))) {
                variables.add(Profiles.variableFromValues(variable.getAttribute("name"), variable.getAttribute("object"),
                        text(variable, "defaultValue"), text(variable, "value")));
            }
            return Profiles.profileFromValues(flavour,
                    Profiles.profileDetailsFromValues(flavourName(flavour), "", "", new Date(0)), "", rules, variables);
        }
    }

    private static String fileName(PDFAFlavour flavour) {
        return (flavour.getId().startsWith("ua") ? "PDFUA-" : "PDFA-") + flavourName(flavour) + ".xml";
    }

    private static String flavourName(PDFAFlavour flavour) {
        return flavour.getId().replace("ua", "").toUpperCase();
    }

    private static Rule rule(Element rule) {
        Element id = child(rule, "id");
        Element error = child(rule, "error");
        List<ErrorArgument> arguments = new ArrayList<>();
        for (Element argument : children(child(error, "arguments"))) {
            String name = argument.getAttribute("name");
            arguments.add(ErrorArgumentImpl.fromValues(argument.getTextContent(), name.isEmpty() ? null : name, null));
        }
        ErrorDetails details = Profiles.errorFromValues(text(error, "message"), arguments);
        return Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                        id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
                rule.getAttribute("object"),
                rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
                rule.getAttribute("tags"), text(rule, "description"), text(rule, "test"), details, List.of());
    }

    private static Element child(Element parent, String name) {
        return children(parent).stream().filter(one -> one.getTagName().equals(name)).findFirst().orElseThrow();
    }

    private static String text(Element parent, String name) {
        return child(parent, name).getTextContent();
    }

    private static List<Element> children(Element parent) {
        List<Element> elements = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element) {
                elements.add((Element) node);
            }
        }
        return elements;
    }
}
