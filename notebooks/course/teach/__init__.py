"""The teacher's pack, made from the notebooks: `python -m course.teach --out DIR` (`make teach`).

lessons   what a built notebook holds for a teacher: objectives, sections, figures, exercises
page      Markdown and formulas to HTML that asks nothing of the network
plans     a lecture, a workshop, a module: which sections, which exercises, how many minutes
syllabus  the page of the plans
slides    a reveal.js deck for each notebook
sheet     the printable formula sheet
quiz      the question bank: JSON, GIFT (Moodle and others import it) and HTML
pages     objectives, minutes, common mistakes, the index
"""
