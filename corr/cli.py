"""stub"""
app = None
